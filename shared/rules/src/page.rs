use crate::Rule;

/// `docs/RULES.md`: written from the rules and their examples, and tested to be fresh.
const PAGE: &str = include_str!("../../../docs/RULES.md");

/// The rule's section of `docs/RULES.md`, in Markdown: why, fix, opt-out, parameters, cases.
pub fn page(rule: &Rule) -> &'static str {
    let head = format!("\n### {}\n", rule.id);
    let Some((_, section)) = PAGE.split_once(&head) else {
        return "";
    };
    let start = PAGE.len() - section.len() - head.len() + 1;
    let end = ["\n### ", "\n## "].into_iter().filter_map(|next| section.find(next)).min();
    let length = head.len() - 1 + end.unwrap_or(section.len());
    PAGE.get(start..start + length).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RULES;

    #[test]
    fn every_rule_has_its_own_page() {
        for rule in RULES {
            let page = page(rule);
            assert!(page.starts_with(&format!("### {}\n", rule.id)), "{}", rule.id);
            assert!(page.contains(rule.fix) && page.contains("**Sources**"), "{}", rule.id);
            assert_eq!(page.matches("\n### ").count(), 0, "{}", rule.id);
        }
    }
}
