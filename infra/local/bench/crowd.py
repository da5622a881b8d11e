"""An account-Region of a thousand functions or as many as are asked for, mixed as a company's are; the same ones in every run."""

import random
from concurrent.futures import ThreadPoolExecutor

import estate
from builder import Builder

FUNCTIONS, ROLES = 1000, 200  # The richest is one of them.
# Of a hundred functions, so many have it.
SHARES = {"published": 10, "url": 8, "network": 10, "image": 15, "variables": 70, "tags": 60, "policy": 30, "layer": 10}
RUNTIMES = {"python3.13": 30, "nodejs22.x": 30, "java21": 15, "python3.9": 10, "nodejs18.x": 10, "provided.al2023": 5}
GRANTS = {"queue-of-ours": 85, "any-bucket": 10, "public": 5}
ROLE_KINDS = {"own": 85, "any-s3": 5, "any-table": 5, "reports": 3, "admin": 1, "escalating": 1}
TAGS = {"team": "payments", "stage": "production"}
WRITERS = 8
# One more, which has everything: the most that judging a single function can mean.
RICHEST = estate.Row(
    "function-of-everything", "", published="python3.13", variables=estate.REFERENCES, key="own", network="private",
    url={"AuthType": "NONE"}, grants=("queue-of-ours", "public-url", "public-url-invoke", "public-on-alias"), tags=TAGS)
IMAGE = "{account}.dkr.ecr.{region}.amazonaws.com/service:latest"


class Crowd(Builder):
    """Builds them with the sample estate's own means; many functions share a role."""

    def __init__(self, cloud, functions: int = FUNCTIONS):
        super().__init__(cloud)
        self.count = functions
        self.chance = random.Random(2026)
        self.images = set()

    def build_all(self):
        """Creates all roles and functions."""
        kinds = [self.pick(ROLE_KINDS) for _ in range(ROLES)]
        self.roles = [self.make_role(f"service-{number:03}", kind, True) for number, kind in enumerate(kinds)]
        rows = [self.row(number) for number in range(self.count - 1)]
        for row in rows:  # What functions share is made before anyone hurries.
            self.environment(row)
            self.network(row)
            if row.layer_of:
                self.once(self.layer, row.layer_of)
        with ThreadPoolExecutor(WRITERS) as writers:
            list(writers.map(self.build, rows))
        self.richest = self.build(RICHEST)

    def row(self, number) -> estate.Row:
        has = {what: self.chance.randrange(100) < share for what, share in SHARES.items()}
        name, runtime = f"function-{number:04}", self.pick(RUNTIMES)
        grants = (self.pick(GRANTS),) if has["policy"] else ()
        url = {}
        if has["url"]:
            url = {"AuthType": self.chance.choice(["AWS_IAM", "NONE"])}
            grants += ("public-url", "public-url-invoke") if url["AuthType"] == "NONE" else ()
        if has["image"]:
            self.images.add(name)
        return estate.Row(
            name, "", runtime=runtime, published=runtime if has["published"] else "", grants=grants, url=url,
            variables=estate.CHOSEN if has["variables"] else {},
            key="own" if has["variables"] and self.chance.random() < 0.3 else "",
            network="private" if has["network"] else "",
            layer_of=self.account if has["layer"] and not has["image"] else "",
            tags=TAGS if has["tags"] else {})

    def pick(self, weights):
        return self.chance.choices(list(weights), list(weights.values()))[0]

    def role(self, row):
        number = 0 if row is RICHEST else int(row.name.rsplit("-", 1)[1])
        return self.roles[number % ROLES]

    def code(self, row):
        """Container images are like any other function, but for their code."""
        if row.name not in self.images:
            return super().code(row)
        return {"PackageType": "Image", "Code": {"ImageUri": IMAGE.format(account=self.account, region=self.region)}}
