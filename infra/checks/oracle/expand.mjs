// One role a line in, the number of actions that the patterns of its `Allow` statements expand to out.
import { expandIamActions } from '@cloud-copilot/iam-expand';
import { createInterface } from 'node:readline';

for await (const line of createInterface({ input: process.stdin })) {
  const statements = JSON.parse(line).policies.flatMap(({ Statement }) => Statement);
  const patterns = statements.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action);
  console.log((await expandIamActions(patterns, { expandAsterisk: true })).length);
}
