// One simulation a line in, one answer a line out, in the same order.
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { createInterface } from 'node:readline';

for await (const line of createInterface({ input: process.stdin })) {
  const { overallResult, errors, result } = await runSimulation(JSON.parse(line), {});
  console.log(JSON.stringify({ decision: overallResult, errors, ignored: result?.ignoredContextKeys }));
}
