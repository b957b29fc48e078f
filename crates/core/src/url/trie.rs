//! Finding the templates that a path fits among many, without asking each of them.
//!
//! Templates that differ in the names of their variables only have the same shape and share one bucket. The cost of a
//! look-up depends on the path and on the branches that fit it: ten thousand templates with different literals are ten
//! thousand keys of a map, of which one is looked at.

use std::collections::{BTreeMap, HashMap};

use super::Template;
use super::template::{Segment, split_first, split_partial};

/// A bucket of `T` for each distinct shape of template.
#[derive(Debug, Clone)]
pub(crate) struct TemplateTrie<T> {
    /// Most hosts have no template, and an engine is made and dropped in every test.
    root: Option<Box<Node<T>>>,
    len: usize,
}

#[derive(Debug, Clone)]
struct Node<T> {
    /// Looked up by key and never iterated, so its order shows nowhere.
    literals: HashMap<Box<str>, Node<T>>,
    /// By the text before the first variable, which most have one of.
    partials: HashMap<Box<str>, Vec<Partial<T>>>,
    /// How many of `partials` have a text of each length: a long segment is tried at these lengths only.
    beginnings: BTreeMap<usize, usize>,
    variable: Option<Box<Node<T>>>,
    rest: Option<T>,
    /// Of the templates that end here.
    bucket: Option<T>,
}

#[derive(Debug, Clone)]
struct Partial<T> {
    literals: Box<[Box<str>]>,
    node: Node<T>,
}

impl<T> Default for TemplateTrie<T> {
    fn default() -> Self {
        Self { root: None, len: 0 }
    }
}

impl<T> Default for Node<T> {
    fn default() -> Self {
        Self {
            literals: HashMap::new(),
            partials: HashMap::new(),
            beginnings: BTreeMap::new(),
            variable: None,
            rest: None,
            bucket: None,
        }
    }
}

impl<T> TemplateTrie<T> {
    /// How many buckets there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bucket of the template's shape, made when there is none.
    pub(crate) fn bucket(&mut self, template: &Template) -> &mut T
    where
        T: Default,
    {
        let mut node = &mut **self.root.get_or_insert_default();
        let mut is_rest = false;
        for segment in template.segments() {
            match segment {
                Segment::Rest(_) => is_rest = true,
                other => node = node.child_or_insert(other),
            }
        }
        let slot = if is_rest {
            &mut node.rest
        } else {
            &mut node.bucket
        };
        if slot.is_none() {
            self.len += 1;
        }
        slot.get_or_insert_default()
    }

    /// The bucket of the template's shape.
    pub(crate) fn get_mut(&mut self, template: &Template) -> Option<&mut T> {
        let mut node = self.root.as_deref_mut()?;
        for segment in template.segments() {
            match segment {
                Segment::Rest(_) => return node.rest.as_mut(),
                other => node = node.child_mut(other)?,
            }
        }
        node.bucket.as_mut()
    }

    /// Takes the bucket of the template's shape out, and every branch that leads to nothing now.
    pub(crate) fn remove(&mut self, template: &Template) -> Option<T> {
        let root = self.root.as_mut()?;
        let removed = root.remove(template.segments());
        if root.is_empty() {
            self.root = None;
        }
        self.len -= usize::from(removed.is_some());
        removed
    }

    /// Adds to `found` every bucket whose templates a path in its normal form fits: the more literal first.
    pub(crate) fn find<'a>(&'a self, path: &str, found: &mut Vec<&'a T>) {
        if let Some(root) = &self.root
            && let Some(path) = path.strip_prefix('/')
        {
            root.find(Some(path), found);
        }
    }
}

impl<T> Node<T> {
    fn is_empty(&self) -> bool {
        self.literals.is_empty()
            && self.partials.is_empty()
            && self.variable.is_none()
            && self.rest.is_none()
            && self.bucket.is_none()
    }

    fn child_or_insert(&mut self, segment: &Segment) -> &mut Self {
        match segment {
            Segment::Literal(text) => self.literals.entry(text.clone()).or_default(),
            Segment::Partial { literals, .. } => {
                let beginning = literals[0].len();
                let alike = self.partials.entry(literals[0].clone()).or_insert_with(|| {
                    *self.beginnings.entry(beginning).or_default() += 1;
                    Vec::new()
                });
                let at = alike
                    .iter()
                    .position(|p| p.literals == *literals)
                    .unwrap_or_else(|| {
                        alike.push(Partial {
                            literals: literals.clone(),
                            node: Self::default(),
                        });
                        alike.len() - 1
                    });
                &mut alike[at].node
            }
            Segment::Variable(_) | Segment::Rest(_) => self.variable.get_or_insert_default(),
        }
    }

    fn child_mut(&mut self, segment: &Segment) -> Option<&mut Self> {
        match segment {
            Segment::Literal(text) => self.literals.get_mut(text),
            Segment::Partial { literals, .. } => {
                let alike = self.partials.get_mut(&literals[0])?;
                alike
                    .iter_mut()
                    .find(|p| p.literals == *literals)
                    .map(|p| &mut p.node)
            }
            Segment::Variable(_) | Segment::Rest(_) => self.variable.as_deref_mut(),
        }
    }

    fn remove(&mut self, segments: &[Segment]) -> Option<T> {
        let Some((segment, after)) = segments.split_first() else {
            return self.bucket.take();
        };
        if matches!(segment, Segment::Rest(_)) {
            return self.rest.take();
        }
        let child = self.child_mut(segment)?;
        let removed = child.remove(after);
        if child.is_empty() {
            self.drop_child(segment);
        }
        removed
    }

    fn drop_child(&mut self, segment: &Segment) {
        match segment {
            Segment::Literal(text) => {
                self.literals.remove(text);
            }
            Segment::Partial { literals, .. } => {
                if let Some(alike) = self.partials.get_mut(&literals[0]) {
                    alike.retain(|p| p.literals != *literals);
                    if alike.is_empty() {
                        self.partials.remove(&literals[0]);
                        let beginning = literals[0].len();
                        if let Some(many) = self.beginnings.get_mut(&beginning) {
                            *many -= 1;
                            if *many == 0 {
                                self.beginnings.remove(&beginning);
                            }
                        }
                    }
                }
            }
            Segment::Variable(_) | Segment::Rest(_) => self.variable = None,
        }
    }

    /// `path` is what is left of it; `None` when its last segment has been used.
    fn find<'a>(&'a self, path: Option<&str>, found: &mut Vec<&'a T>) {
        #[cfg(test)]
        tests::VISITED.with(|visited| visited.set(visited.get() + 1));
        let Some(path) = path else {
            found.extend(&self.bucket);
            return;
        };
        let (segment, after) = split_first(path);
        if let Some(child) = self.literals.get(segment) {
            child.find(after, found);
        }
        // A variable stands for one character at least.
        for (&end, _) in self.beginnings.range(..segment.len()) {
            let Some(beginning) = segment.get(..end) else {
                continue;
            };
            #[cfg(test)]
            tests::TRIED.with(|tried| tried.set(tried.get() + 1));
            for partial in self.partials.get(beginning).into_iter().flatten() {
                if split_partial(&partial.literals, segment, |_, _| ()) {
                    partial.node.find(after, found);
                }
            }
        }
        if !segment.is_empty()
            && let Some(child) = &self.variable
        {
            child.find(after, found);
        }
        found.extend(&self.rest);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::super::template::{Parsed, parse};
    use super::*;

    thread_local! {
        pub(super) static VISITED: Cell<usize> = const { Cell::new(0) };
        pub(super) static TRIED: Cell<usize> = const { Cell::new(0) };
    }

    fn template(path: &str) -> Template {
        match parse(path) {
            Ok(Parsed::Template(template)) => template,
            other => panic!("{path}: {other:?}"),
        }
    }

    fn trie(paths: &[&str]) -> TemplateTrie<Vec<String>> {
        let mut trie = TemplateTrie::<Vec<String>>::default();
        for path in paths {
            trie.bucket(&template(path)).push((*path).to_owned());
        }
        trie
    }

    fn found(trie: &TemplateTrie<Vec<String>>, path: &str) -> Vec<String> {
        let mut found = Vec::new();
        trie.find(path, &mut found);
        found.into_iter().flatten().cloned().collect()
    }

    #[test]
    fn finds_all_that_fit_the_more_literal_first() {
        let trie = trie(&[
            "/{*rest}",
            "/{a}/{b}",
            "/users/{id}",
            "/users/{id}.json",
            "/users/{x}",
            "/users/{id}/posts",
        ]);
        assert_eq!(
            found(&trie, "/users/7.json"),
            [
                "/users/{id}.json",
                "/users/{id}",
                "/users/{x}",
                "/{a}/{b}",
                "/{*rest}"
            ]
        );
        assert_eq!(found(&trie, "/users/"), ["/{*rest}"]);
        assert_eq!(found(&trie, "*"), [""; 0]);
        assert_eq!(trie.len(), 5);
    }

    #[test]
    fn removing_leaves_nothing_behind() {
        let paths = ["/{*rest}", "/a/{b}", "/a/x{id}y", "/a/x{id}z", "/{a}/b"];
        let mut trie = trie(&paths);
        for path in paths {
            assert!(trie.get_mut(&template(path)).is_some());
            assert_eq!(trie.remove(&template(path)), Some(vec![path.to_owned()]));
            assert_eq!(trie.remove(&template(path)), None);
            assert!(trie.get_mut(&template(path)).is_none());
        }
        assert!(trie.is_empty() && trie.root.is_none());
    }

    #[test]
    fn a_long_segment_is_tried_where_a_template_may_begin() {
        let trie = trie(&["/{name}.json", "/v-{name}.json", "/v-{name}.xml"]);
        let path = format!("/v-{}.json", "ü".repeat(30_000));
        TRIED.set(0);
        assert_eq!(found(&trie, &path), ["/{name}.json", "/v-{name}.json"]);
        assert_eq!(TRIED.get(), 2);
    }

    #[test]
    fn ten_thousand_templates_cost_what_one_costs() {
        let mut many = TemplateTrie::<Vec<String>>::default();
        for n in 0..10_000 {
            many.bucket(&template(&format!("/r{n}/{{id}}")))
                .push(n.to_string());
            many.bucket(&template(&format!("/r{n}/p{n}-{{id}}")))
                .push(format!("p{n}"));
        }
        VISITED.set(0);
        assert_eq!(found(&many, "/r77/p77-1"), ["p77", "77"]);
        assert_eq!(VISITED.get(), 4);
    }

    fn any_template() -> impl Strategy<Value = String> {
        let segment = prop_oneof![
            Just("a".to_owned()),
            Just("b".to_owned()),
            Just(String::new()),
            Just("{@}".to_owned()),
            Just("a{@}".to_owned()),
            Just("{@}b".to_owned()),
            Just("a{@}b{@}".to_owned()),
            Just("{@}-{@}".to_owned()),
        ];
        (prop::collection::vec(segment, 0..4), any::<bool>()).prop_map(|(mut segments, rest)| {
            if rest || !segments.iter().any(|s| s.contains('@')) {
                segments.push("{*@}".to_owned());
            }
            let mut text = segments.iter().map(|s| format!("/{s}")).collect::<String>();
            let mut n = 0;
            while text.contains('@') {
                text = text.replacen('@', &format!("v{n}"), 1);
                n += 1;
            }
            text
        })
    }

    proptest! {
        #[test]
        fn finds_what_a_scan_finds(
            declared in prop::collection::vec(any_template(), 1..12),
            gone in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
            requests in prop::collection::vec("(/(a|b|ab|aab|a-b|-|%2F|c){0,2}){1,4}", 1..8),
        ) {
            let mut live = declared.clone();
            let mut trie = TemplateTrie::<Vec<String>>::default();
            for path in &declared {
                trie.bucket(&template(path)).push(path.clone());
            }
            for index in gone {
                if !live.is_empty() {
                    let shape = template(&live[index.index(live.len())]);
                    let bucket = trie.remove(&shape).unwrap_or_default();
                    prop_assert!(!bucket.is_empty());
                    live.retain(|path| !bucket.contains(path));
                }
            }
            for request in requests {
                let mut expected: Vec<_> = live.iter().filter(|p| template(p).matches(&request)).cloned().collect();
                let mut got = found(&trie, &request);
                expected.sort();
                got.sort();
                prop_assert_eq!(got, expected, "{}", request);
            }
        }
    }
}
