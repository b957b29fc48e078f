//! Crates come and go; a tool with their names written into it would check those of last month.
//!
//! The members, their targets, features and dependencies, as `cargo metadata` has them.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::run::Line;

#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
    /// Sorted by name.
    pub(crate) members: Vec<Member>,
}

#[derive(Debug, Default)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// Its folder, from the root, with `/`; empty for the package at the root.
    pub(crate) folder: String,
    pub(crate) publish: bool,
    pub(crate) features: Vec<String>,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) targets: Vec<Target>,
    pub(crate) description: bool,
    pub(crate) license: bool,
    pub(crate) repository: bool,
    pub(crate) rust_version: bool,
    pub(crate) readme: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) dev: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: String,
    /// From the root, with `/`.
    pub(crate) file: String,
}

impl Workspace {
    pub(crate) fn load() -> Result<Self, String> {
        let here = Path::new(".");
        let (stdout, _) = Line::cargo(here)
            .args(["metadata", "--format-version=1", "--no-deps"])
            .output()?;
        let metadata: Value = serde_json::from_str(&stdout)
            .map_err(|error| format!("cargo metadata is not JSON: {error}"))?;
        Self::read(&metadata).ok_or_else(|| "cargo metadata is not as expected".to_owned())
    }

    fn read(metadata: &Value) -> Option<Self> {
        let root = PathBuf::from(metadata["workspace_root"].as_str()?);
        let mut members = metadata["packages"]
            .as_array()?
            .iter()
            .map(|package| Member::read(&root, package))
            .collect::<Option<Vec<_>>>()?;
        members.sort_by(|a, b| a.name.cmp(&b.name));
        let target = PathBuf::from(metadata["target_directory"].as_str()?);
        Some(Self {
            root,
            target,
            members,
        })
    }

    pub(crate) fn published(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.publish)
    }
}

impl Member {
    fn read(root: &Path, package: &Value) -> Option<Self> {
        let manifest = Path::new(package["manifest_path"].as_str()?);
        let targets = package["targets"].as_array()?.iter().map(|target| {
            Some(Target {
                name: target["name"].as_str()?.to_owned(),
                kind: target["kind"][0].as_str()?.to_owned(),
                file: relative(root, Path::new(target["src_path"].as_str()?)),
            })
        });
        let dependencies = package["dependencies"]
            .as_array()?
            .iter()
            .map(|dependency| {
                Some(Dependency {
                    name: dependency["name"].as_str()?.to_owned(),
                    dev: dependency["kind"] == "dev",
                })
            });
        Some(Self {
            name: package["name"].as_str()?.to_owned(),
            folder: relative(root, manifest.parent()?),
            // `null` is every registry, `[]` none.
            publish: package["publish"].is_null(),
            features: package["features"].as_object()?.keys().cloned().collect(),
            dependencies: dependencies.collect::<Option<Vec<_>>>()?,
            targets: targets.collect::<Option<Vec<_>>>()?,
            description: package["description"].is_string(),
            license: package["license"].is_string(),
            repository: package["repository"].is_string(),
            rust_version: package["rust_version"].is_string(),
            readme: package["readme"].is_string(),
        })
    }

    /// A file of this member, from the root.
    pub(crate) fn file(&self, name: &str) -> String {
        if self.folder.is_empty() {
            name.to_owned()
        } else {
            format!("{}/{name}", self.folder)
        }
    }

    pub(crate) fn library(&self) -> Option<&Target> {
        self.targets.iter().find(|target| {
            matches!(
                target.kind.as_str(),
                "lib" | "rlib" | "proc-macro" | "cdylib"
            )
        })
    }
}

fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    path.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_package_is_read_with_its_folder_from_the_root() {
        let read = Workspace::read(&json!({
            "workspace_root": "/w", "target_directory": "/t",
            "packages": [{
                "name": "a", "manifest_path": "/w/crates/a/Cargo.toml", "publish": [],
                "features": {"x": []}, "description": "d", "license": null,
                "targets": [{"name": "a", "kind": ["lib"], "src_path": "/w/crates/a/src/lib.rs"}],
                "dependencies": [{"name": "http", "kind": null}, {"name": "insta", "kind": "dev"}],
            }],
        }))
        .expect("complete");
        let a = read
            .members
            .iter()
            .find(|member| member.name == "a")
            .expect("listed");
        assert_eq!(a.folder, "crates/a");
        assert_eq!(a.file("src"), "crates/a/src");
        assert_eq!(a.library().expect("a lib").file, "crates/a/src/lib.rs");
        assert!(!a.publish && a.description && !a.license);
        assert!(!a.dependencies[0].dev && a.dependencies[1].dev);
    }

    #[test]
    fn metadata_of_another_shape_is_refused() {
        assert!(Workspace::read(&json!({"workspace_root": "/w"})).is_none());
    }
}
