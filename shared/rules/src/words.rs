/// At most this many places are named in one sentence.
const NAMED: usize = 5;

/// The places a violation sits in, as one piece of a sentence: the first few and how many more.
pub(crate) fn listed(places: &[String]) -> String {
    let (named, rest) = places.split_at(places.len().min(NAMED));
    match rest.len() {
        0 => named.join("; "),
        more => format!("{}; and {more} more", named.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_cut() {
        let places: Vec<String> = (1..=7).map(|n| n.to_string()).collect();
        assert_eq!(listed(&places[..1]), "1");
        assert_eq!(listed(&places[..5]), "1; 2; 3; 4; 5");
        assert_eq!(listed(&places), "1; 2; 3; 4; 5; and 2 more");
    }
}
