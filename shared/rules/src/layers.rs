//! The layers that AWS itself publishes, with the accounts it publishes them from.
//!
//! Read on 2026-11-23. A layer counts as AWS's if both its name and its account fit: a new account
//! of AWS's is foreign until it is added here or to the baseline, never the other way about.

/// Layers of one name.
pub(crate) struct Publisher {
    /// How their names begin.
    pub(crate) name: &'static str,
    /// Accounts in digits.
    pub(crate) accounts: &'static [&'static str],
}

/// Whether AWS publishes layers of this name from this account.
pub(crate) fn is_of_aws(name: &str, account: &str) -> bool {
    PUBLISHERS.iter().any(|known| name.starts_with(known.name) && known.accounts.contains(&account))
}

/// Layers that anyone may use, by name.
pub(crate) static PUBLISHERS: &[Publisher] = &[
    // https://github.com/aws/aws-cdk/blob/v2.276.0/packages/aws-cdk-lib/region-info/build-tools/fact-tables.ts
    Publisher {
        name: "LambdaInsightsExtension",
        accounts: &[
            "012438385374",
            "033019950311",
            "066549572091",
            "122132214140",
            "145023102084",
            "158895979263",
            "194566237122",
            "198461476570",
            "285320876703",
            "339249233099",
            "352183217350",
            "439286490199",
            "459530977127",
            "488211338238",
            "519774774795",
            "580247275435",
            "590183865173",
            "605207715842",
            "727646510379",
            "732604637566",
            "751350123760",
            "761018874580",
            "761377655185",
            "879381266642",
            "891564319516",
            "946466191631",
        ],
    },
    // https://github.com/aws/aws-cdk/blob/v2.276.0/packages/aws-cdk-lib/region-info/build-tools/fact-tables.ts
    Publisher {
        name: "AWS-Parameters-and-Secrets-Lambda-Extension",
        accounts: &[
            "015030872274",
            "044395824272",
            "070087711984",
            "127562683043",
            "129776340158",
            "133256977650",
            "133490724326",
            "176022468876",
            "177933569100",
            "187925254637",
            "200266452380",
            "287114880934",
            "287310001119",
            "317013901791",
            "325218067255",
            "345057560386",
            "427196147048",
            "490737872127",
            "524103009944",
            "576959938190",
            "590474943231",
            "665172237481",
            "738900069198",
            "768336418462",
            "772501565639",
            "780235371811",
            "832021897121",
            "858974508948",
            "933737806257",
            "997803712105",
        ],
    },
    // https://github.com/aws/aws-cdk/blob/v2.276.0/packages/aws-cdk-lib/region-info/build-tools/fact-tables.ts
    Publisher {
        name: "AWS-AppConfig-Extension",
        accounts: &[
            "000010852771",
            "027255383542",
            "039592058896",
            "066940009817",
            "080788657173",
            "203683718741",
            "282860088358",
            "307021474294",
            "359756378197",
            "418787028745",
            "421114256042",
            "434848589818",
            "489524808438",
            "493207061005",
            "554480029851",
            "559955524753",
            "574348263942",
            "586093569114",
            "615057806174",
            "615084187847",
            "630222743974",
            "646970417810",
            "662846165436",
            "706869817123",
            "728743619870",
            "758369105281",
            "826293736237",
            "946561847325",
            "946746059096",
            "958113053741",
            "980059726660",
        ],
    },
    // https://github.com/aws/aws-cdk/blob/v2.276.0/packages/aws-cdk-lib/region-info/build-tools/fact-tables.ts
    Publisher { name: "aws-otel-", accounts: &["901920570463"] },
    // https://aws-otel.github.io/docs/getting-started/lambda
    Publisher { name: "AWSOpenTelemetryDistro", accounts: &["615299751070"] },
    // https://docs.aws.amazon.com/powertools/python/latest/#lambda-layer
    Publisher {
        name: "AWSLambdaPowertoolsPython",
        accounts: &["017000801446", "165087284144", "165093116878", "498634801083"],
    },
    // https://docs.aws.amazon.com/powertools/typescript/latest/getting-started/lambda-layers
    Publisher {
        name: "AWSLambdaPowertoolsTypeScript",
        accounts: &["094274105915", "165087284144", "165093116878", "498634801083"],
    },
    // https://aws-sdk-pandas.readthedocs.io/en/stable/layers.html
    Publisher { name: "AWSSDKPandas-", accounts: &["336392948345"] },
    // https://github.com/aws/aws-lambda-web-adapter
    Publisher { name: "LambdaAdapterLayer", accounts: &["753240598075"] },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound() {
        for Publisher { name, accounts } in PUBLISHERS {
            assert!(accounts.is_sorted() && !accounts.is_empty(), "{name}: sorted accounts");
            for id in *accounts {
                assert!(id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit()), "{name}: {id}");
            }
        }
    }

    #[test]
    fn name_and_account_must_both_fit() {
        for (name, account, expected) in [
            ("LambdaInsightsExtension", "580247275435", true),
            ("LambdaInsightsExtension-Arm64", "580247275435", true),
            ("AWSLambdaPowertoolsPythonV3-python313-arm64", "017000801446", true),
            ("AWSLambdaPowertoolsPythonV3-python313-arm64", "999999999999", false),
            ("Datadog-Extension", "580247275435", false),
        ] {
            assert_eq!(is_of_aws(name, account), expected, "{name} of {account}");
        }
    }
}
