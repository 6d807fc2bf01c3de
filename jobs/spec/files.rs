//! Files as people name them: one by one, as a directory, or by a pattern.

use pipeline::sources::columns::Layout;
use std::path::{Path, PathBuf};

/// The files that paths mean: a directory all of its files, a pattern such as `2024-*.zip` those
/// that fit, both by name; hidden files are not meant.
///
/// # Errors
/// When a directory cannot be read or holds no file, and when a pattern is wrong or fits none.
pub fn expand(path: &Path) -> Result<Vec<PathBuf>, String> {
    let shown = path.display();
    if path.is_dir() {
        let read = || path.read_dir()?.map(|entry| Ok(entry?.path())).collect();
        let found: std::io::Result<Vec<PathBuf>> = read();
        let found = found.map_err(|error| format!("cannot read {shown}: {error}"))?;
        return some(found, || format!("the directory {shown} holds no file"));
    }
    let text = path.to_str().filter(|text| text.contains(['*', '?', '[']) && !path.exists());
    let Some(pattern) = text else { return Ok(vec![path.to_path_buf()]) };
    let found = glob::glob(pattern).map_err(|error| format!("`{pattern}`: {error}"))?;
    some(found.flatten().collect(), || format!("no file fits {pattern}"))
}

fn some(mut paths: Vec<PathBuf>, none: impl Fn() -> String) -> Result<Vec<PathBuf>, String> {
    let hidden =
        |path: &Path| path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
    paths.retain(|path| path.is_file() && !hidden(path));
    paths.sort();
    if paths.is_empty() { Err(none()) } else { Ok(paths) }
}

/// Reads what the columns of files mean.
///
/// # Errors
/// When the file cannot be read, is no TOML or means nothing.
pub fn layout(path: &Path) -> Result<Layout, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| format!("cannot read {shown}: {error}"))?;
    let layout: Layout = toml::from_str(&text).map_err(|error| format!("{shown}: {error}"))?;
    layout.check().map_err(|error| format!("{shown}: {error}"))?;
    Ok(layout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_and_patterns_are_their_files_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["b.csv", "a.csv", ".hidden", "c.zip"] {
            std::fs::write(path(name), "").unwrap();
        }
        std::fs::create_dir(path("sub")).unwrap();
        let all = [path("a.csv"), path("b.csv"), path("c.zip")];
        assert_eq!(expand(folder.path()).unwrap(), all);
        assert_eq!(expand(&path("*.csv")).unwrap(), all[..2]);
        assert_eq!(expand(&path("a.csv")).unwrap(), all[..1]);
        // What is not there is for whoever opens it.
        assert_eq!(expand(&path("z.csv")).unwrap(), [path("z.csv")]);
        assert!(expand(&path("*.gz")).unwrap_err().starts_with("no file fits"));
        assert!(expand(&path("sub")).unwrap_err().ends_with("holds no file"));
    }
}
