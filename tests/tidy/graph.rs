//! Which file of a crate uses which: paths in code and imports, each led to the file that defines the name.
//!
//! A name that a module only passes on (`pub use`) leads to where it is defined. `mod x;` is no arrow, nor is a module's name by
//! itself: what is named through it is. Test code draws no arrows. A name that no file defines in plain sight, as one made
//! by a macro, leads to the file of the module that it is asked of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::source::{Token, closing, test_items, test_module, tokens};

/// How often an import may lead to another before it is given up as one that leads to itself.
const MOST_HOPS: usize = 16;

/// The names of a module from the crate's root; empty for the root.
type Key = Vec<String>;

pub struct Graph {
    modules: BTreeMap<Key, Module>,
    /// Files that hold only test code. Whatever is in the folder of the same name is test code as well.
    pub test_files: BTreeSet<PathBuf>,
}

#[derive(Default)]
struct Module {
    file: PathBuf,
    defined: BTreeSet<String>,
    /// By the name that is brought in: the path as it is written.
    imports: BTreeMap<String, Vec<String>>,
    uses: Vec<Use>,
}

/// A path as it is written in code or in an import.
struct Use {
    line: usize,
    path: Vec<String>,
}

/// An arrow between two files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrow {
    pub from: PathBuf,
    pub to: PathBuf,
    pub line: usize,
    /// The path as it is written.
    pub path: String,
}

enum Found {
    Module(Key),
    Name(PathBuf),
}

impl Graph {
    /// From `root`, e.g. `src/lib.rs`, along the modules that are declared. `read` gives a file's text, or `None` where
    /// there is no file.
    pub fn of(root: &str, read: &dyn Fn(&Path) -> Option<String>) -> Self {
        let mut graph = Self {
            modules: BTreeMap::new(),
            test_files: BTreeSet::new(),
        };
        graph.add_file(Path::new(root), Vec::new(), read);
        graph
    }

    /// Files that hold product code.
    pub fn files(&self) -> BTreeSet<&Path> {
        self.modules.values().map(|module| module.file.as_path()).collect()
    }

    /// Every use of one file by another, of the whole crate.
    pub fn arrows(&self) -> Vec<Arrow> {
        let mut arrows = Vec::new();
        for (key, module) in &self.modules {
            for used in &module.uses {
                if let Some(Found::Name(to)) = self.resolve(key, &used.path, 0)
                    && to != module.file
                {
                    arrows.push(Arrow {
                        from: module.file.clone(),
                        to,
                        line: used.line,
                        path: used.path.join("::"),
                    });
                }
            }
        }
        arrows
    }

    /// The top modules that each file names, with the line: also by `super::` out of its own.
    pub fn tops_named(&self) -> Vec<(&Path, usize, String)> {
        let mut named = Vec::new();
        for (key, module) in &self.modules {
            for used in &module.uses {
                let ups = used.path.iter().take_while(|part| *part == "super").count();
                let top = match used.path[0].as_str() {
                    "crate" => used.path.get(1),
                    "super" if ups >= key.len() => used.path.get(ups),
                    _ => None,
                };
                named.extend(top.map(|top| (module.file.as_path(), used.line, top.clone())));
            }
        }
        named
    }

    /// The files of the modules that contain the file, the nearest first, without the crate's root.
    pub fn above(&self, file: &Path) -> Vec<&Path> {
        let Some((key, _)) = self.modules.iter().find(|(_, module)| module.file == file) else {
            return Vec::new();
        };
        (1..key.len())
            .rev()
            .map(|length| self.modules[&key[..length]].file.as_path())
            .filter(|above| *above != file)
            .collect()
    }

    fn add_file(&mut self, file: &Path, key: Key, read: &dyn Fn(&Path) -> Option<String>) {
        let Some(text) = read(file) else { return };
        let tokens = tokens(&text);
        self.scan(&tokens, file, key, read);
    }

    fn scan(&mut self, tokens: &[Token], file: &Path, key: Key, read: &dyn Fn(&Path) -> Option<String>) {
        let mut module = Module {
            file: file.to_owned(),
            ..Module::default()
        };
        let mut tests = test_items(tokens).into_iter().peekable();
        let mut depth = 0_usize;
        let mut at = 0;
        let word = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
        while at < tokens.len() {
            if let Some(item) = tests.next_if(|item| item.start == at) {
                if let Some((name, true)) = test_module(&tokens[item.clone()]) {
                    self.test_files.extend(child_file(file, &key, name, read));
                }
                at = item.end;
                continue;
            }
            match word(at) {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth = depth.saturating_sub(1),
                "mod" if depth == 0 && word(at + 2) == ";" => {
                    let child = [key.as_slice(), &[word(at + 1).to_owned()]].concat();
                    if let Some(below) = child_file(file, &key, word(at + 1), read) {
                        self.add_file(&below, child, read);
                    }
                    at += 2;
                }
                "mod" if depth == 0 && word(at + 2) == "{" => {
                    let end = closing(tokens, at + 2);
                    let child = [key.as_slice(), &[word(at + 1).to_owned()]].concat();
                    self.scan(&tokens[at + 3..end], file, child, read);
                    at = end;
                }
                "use" if tokens.get(at + 1).is_some_and(Token::is_name) || word(at + 1) == "::" => {
                    let end = (at..tokens.len()).find(|end| word(*end) == ";").unwrap_or(tokens.len());
                    let line = tokens[at].line;
                    for (path, name) in leaves(&tokens[at + 1..end], &[]) {
                        if let Some(name) = name {
                            module.imports.insert(name, path.clone());
                        }
                        module.uses.push(Use { line, path });
                    }
                    at = end;
                }
                "macro_rules" if depth == 0 => {
                    module.defined.insert(word(at + 2).to_owned());
                }
                "fn" | "struct" | "enum" | "union" | "trait" | "type" | "const" | "static"
                    if depth == 0 && tokens.get(at + 1).is_some_and(Token::is_name) =>
                {
                    module.defined.insert(word(at + 1).to_owned());
                }
                _ => {}
            }
            let path_starts = at < tokens.len()
                && tokens[at].is_name()
                && word(at + 1) == "::"
                && (at == 0 || !["::", ".", "in"].contains(&word(at - 1)));
            if path_starts {
                let mut path = vec![word(at).to_owned()];
                let line = tokens[at].line;
                while word(at + 1) == "::" && tokens.get(at + 2).is_some_and(Token::is_name) {
                    path.push(word(at + 2).to_owned());
                    at += 2;
                }
                module.uses.push(Use { line, path });
            }
            at += 1;
        }
        self.modules.insert(key, module);
    }

    fn resolve(&self, from: &[String], path: &[String], hops: usize) -> Option<Found> {
        if hops > MOST_HOPS {
            return None;
        }
        let (mut at, named) = match path.first()?.as_str() {
            "crate" => (Vec::new(), &path[1..]),
            "self" => (from.to_vec(), &path[1..]),
            _ => (from.to_vec(), path),
        };
        let outright = named.len() < path.len() || path[0] == "super";
        for (index, name) in named.iter().enumerate() {
            if name == "super" {
                at.pop();
                continue;
            }
            let below = [at.as_slice(), std::slice::from_ref(name)].concat();
            if self.modules.contains_key(&below) {
                at = below;
                continue;
            }
            let module = self.modules.get(&at)?;
            if module.defined.contains(name) {
                return Some(Found::Name(module.file.clone()));
            }
            let imported = module
                .imports
                .get(name)
                .map(|import| self.resolve(&at, import, hops + 1));
            match imported {
                Some(Some(Found::Module(key))) => at = key,
                Some(Some(name)) => return Some(name),
                // Another crate's name, or a macro's: it is that of the module that was asked, unless this is its own code.
                _ if index > 0 || outright => return Some(Found::Name(module.file.clone())),
                _ => return None,
            }
        }
        Some(Found::Module(at))
    }
}

/// The file of a module that `file` declares.
fn child_file(file: &Path, key: &[String], name: &str, read: &dyn Fn(&Path) -> Option<String>) -> Option<PathBuf> {
    let mut folder = file.parent()?.to_owned();
    let owns_folder = key.is_empty() || file.file_name().is_some_and(|name| name == "mod.rs");
    if !owns_folder {
        folder.push(file.file_stem()?);
    }
    [folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs")]
        .into_iter()
        .find(|file| read(file).is_some())
}

/// What an import brings in: each path, and the name that stands for it from then on.
fn leaves(tokens: &[Token], before: &[String]) -> Vec<(Vec<String>, Option<String>)> {
    let mut path = before.to_vec();
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            "::" => {}
            "{" => {
                let inner = &tokens[at + 1..closing(tokens, at)];
                return branches(inner)
                    .into_iter()
                    .flat_map(|branch| leaves(branch, &path))
                    .collect();
            }
            "as" => {
                let name = tokens.get(at + 1).map(|token| token.text.clone());
                return vec![(path, name.filter(|name| name != "_"))];
            }
            "self" if !path.is_empty() => {}
            name => path.push(name.to_owned()),
        }
        at += 1;
    }
    let name = path.last().cloned();
    if path.is_empty() {
        Vec::new()
    } else {
        vec![(path, name)]
    }
}

/// What stands between the commas of an import's braces.
fn branches(tokens: &[Token]) -> Vec<&[Token]> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at].is("{") {
            at = closing(tokens, at);
        } else if tokens[at].is(",") {
            found.push(&tokens[start..at]);
            start = at + 1;
        }
        at += 1;
    }
    found.push(&tokens[start..]);
    found
}

/// Sets of files of which each leads to every other, the largest first.
pub fn circles(arrows: &[Arrow]) -> Vec<BTreeSet<&Path>> {
    let mut next: BTreeMap<&Path, BTreeSet<&Path>> = BTreeMap::new();
    for arrow in arrows {
        next.entry(&arrow.from).or_default().insert(&arrow.to);
    }
    let reached: BTreeMap<&Path, BTreeSet<&Path>> = next
        .keys()
        .map(|from| {
            let mut seen = BTreeSet::new();
            let mut open = vec![*from];
            while let Some(file) = open.pop() {
                for to in next.get(file).into_iter().flatten() {
                    if seen.insert(*to) {
                        open.push(to);
                    }
                }
            }
            (*from, seen)
        })
        .collect();
    let mut found = BTreeSet::new();
    for (from, seen) in &reached {
        if seen.contains(from) {
            found.insert(
                seen.iter()
                    .copied()
                    .filter(|to| reached.get(to).is_some_and(|back| back.contains(from)))
                    .collect::<BTreeSet<_>>(),
            );
        }
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(files: &[(&str, &str)]) -> Graph {
        Graph::of("src/lib.rs", &|path| {
            let (_, text) = files.iter().find(|(name, _)| Path::new(name) == path)?;
            Some((*text).to_owned())
        })
    }

    fn arrows(files: &[(&str, &str)]) -> Vec<String> {
        let short = |path: &Path| path.strip_prefix("src").unwrap_or(path).display().to_string();
        let mut arrows: Vec<_> = graph(files)
            .arrows()
            .iter()
            .map(|arrow| format!("{} -> {}", short(&arrow.from), short(&arrow.to)))
            .collect();
        arrows.sort();
        arrows.dedup();
        arrows
    }

    #[test]
    fn a_name_leads_to_the_file_that_defines_it() {
        let files = [
            ("src/lib.rs", "pub mod a;"),
            (
                "src/a/mod.rs",
                "mod one; mod two; pub use one::One; pub const HERE: u8 = 1;",
            ),
            ("src/a/one.rs", "pub struct One;"),
            ("src/a/two.rs", "use super::{One as Renamed, HERE};"),
        ];
        assert_eq!(
            arrows(&files),
            ["a/mod.rs -> a/one.rs", "a/two.rs -> a/mod.rs", "a/two.rs -> a/one.rs"]
        );
    }

    #[test]
    fn a_module_alone_is_no_arrow_but_what_is_named_through_it_is() {
        let files = [
            ("src/lib.rs", "pub mod a;"),
            ("src/a.rs", "mod one; mod two; mod three;"),
            ("src/a/one.rs", "pub use super::two::deep; pub fn one() {}"),
            ("src/a/two.rs", "pub fn deep() {}"),
            (
                "src/a/three.rs",
                "use crate::a::one; fn f(x: X) { x.one::<u8>(); one::deep(); }",
            ),
        ];
        assert_eq!(arrows(&files), ["a/one.rs -> a/two.rs", "a/three.rs -> a/two.rs"]);
    }

    #[test]
    fn paths_in_code_count_and_other_crates_do_not() {
        let files = [
            ("src/lib.rs", "pub mod a;"),
            ("src/a/mod.rs", "mod one; mod two;"),
            (
                "src/a/one.rs",
                "use std::fmt; fn f() -> fmt::Result { super::two::Kind::First; std::two::x() }",
            ),
            ("src/a/two.rs", "pub(in crate::a) enum Kind { First }"),
        ];
        assert_eq!(arrows(&files), ["a/one.rs -> a/two.rs"]);
    }

    #[test]
    fn what_a_macro_makes_leads_to_the_module_that_is_asked() {
        let files = [
            ("src/lib.rs", "pub mod a;"),
            ("src/a/mod.rs", "mod one; mod two;"),
            ("src/a/one.rs", "use super::two::Made; use super::two::Other;"),
            ("src/a/two.rs", "make! { Made } pub use outside::Other;"),
        ];
        assert_eq!(arrows(&files), ["a/one.rs -> a/two.rs"]);
    }

    #[test]
    fn test_code_draws_no_arrows() {
        let files = [
            ("src/lib.rs", "pub mod a;"),
            (
                "src/a/mod.rs",
                "mod one; mod two; #[cfg(test)] mod three; #[cfg(test)] pub mod four;",
            ),
            (
                "src/a/one.rs",
                "#[cfg(test)] use super::two::Two; #[cfg(test)] mod tests { use crate::a::two::Two; } fn after() { super::last() }",
            ),
            ("src/a/two.rs", "pub struct Two;"),
            ("src/a/three.rs", "use super::two::Two;"),
            ("src/a/four/mod.rs", ""),
        ];
        assert_eq!(arrows(&files), ["a/one.rs -> a/mod.rs"]);
        let tests: Vec<_> = graph(&files).test_files.into_iter().collect();
        assert_eq!(tests, [Path::new("src/a/four/mod.rs"), Path::new("src/a/three.rs")]);
    }

    #[test]
    fn modules_inside_a_file_are_modules() {
        let files = [
            ("src/lib.rs", "pub mod a;"),
            ("src/a/mod.rs", "mod one; mod two;"),
            (
                "src/a/one.rs",
                "mod inner { use super::super::two::Two; pub fn f() { super::g() } } fn g() {}",
            ),
            ("src/a/two.rs", "pub struct Two; fn f() { super::one::inner::f() }"),
        ];
        assert_eq!(arrows(&files), ["a/one.rs -> a/two.rs", "a/two.rs -> a/one.rs"]);
    }

    #[test]
    fn top_modules_are_seen_through_super() {
        let files = [
            ("src/lib.rs", "pub mod a; pub mod b;"),
            ("src/a/mod.rs", "mod one;"),
            ("src/a/one.rs", "use super::super::b::B; use crate::b; use super::x;"),
            ("src/b.rs", "pub struct B;"),
        ];
        let graph = graph(&files);
        let named: Vec<_> = graph.tops_named().into_iter().map(|(_, _, top)| top).collect();
        assert_eq!(named, ["b", "b"]);
        assert_eq!(graph.above(Path::new("src/a/one.rs")), [Path::new("src/a/mod.rs")]);
        assert!(graph.above(Path::new("src/b.rs")).is_empty());
    }

    #[test]
    fn circles_are_what_leads_back_to_itself() {
        let arrow = |from: &str, to: &str| Arrow {
            from: from.into(),
            to: to.into(),
            line: 1,
            path: String::new(),
        };
        let arrows = [
            arrow("a", "b"),
            arrow("b", "c"),
            arrow("c", "a"),
            arrow("c", "d"),
            arrow("d", "e"),
            arrow("e", "d"),
            arrow("e", "f"),
        ];
        let found: Vec<Vec<_>> = circles(&arrows)
            .into_iter()
            .map(|circle| circle.into_iter().collect())
            .collect();
        assert_eq!(
            found,
            [
                vec![Path::new("a"), Path::new("b"), Path::new("c")],
                vec![Path::new("d"), Path::new("e")]
            ]
        );
    }
}
