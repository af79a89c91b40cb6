//! A repository with one finished run, whose artifacts are the folders of a folder: for looking at files of one's own,
//! and for tests of what hostile ones can do.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};

use crate::content::Content;
use crate::world::{ArtifactSpec, JobSpec, RunSpec, World};

/// A world at `now_ms` in which `owner/name` has one run with an artifact for every folder in `shelf`, named after it.
/// Fails where there is none or something cannot be read.
pub fn world(now_ms: i64, owner: &str, name: &str, shelf: &Path) -> anyhow::Result<World> {
    let mut world = World::at(7, now_ms - 600_000);
    let repository = world.add_repository(owner, name);
    let workflow = world.add_workflow(repository, "Untrusted report", ".github/workflows/report.yml");
    let job = JobSpec::named("report").status("completed").conclusion("success").timing(1_000, 60_000);
    let run = world.add_run(workflow, RunSpec::completed("success").title("Reports of strangers").jobs(vec![job]));
    let mut folders: Vec<_> = fs::read_dir(shelf)
        .with_context(|| format!("could not read {}", shelf.display()))?
        .collect::<Result<_, _>>()
        .with_context(|| format!("could not read {}", shelf.display()))?;
    folders.retain(|entry| entry.path().is_dir());
    folders.sort_by_key(fs::DirEntry::file_name);
    if folders.is_empty() {
        bail!("{} holds no folder", shelf.display());
    }
    for folder in folders {
        let mut files = Vec::new();
        collect(&folder.path(), "", &mut files)?;
        let name = folder.file_name().to_string_lossy().into_owned();
        world.add_artifact(run, ArtifactSpec::new(name, Content::Zip(files)));
    }
    world.set_now(now_ms);
    world.add_token(crate::TOKEN);
    Ok(world)
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) -> anyhow::Result<()> {
    let unreadable = || format!("could not read {}", folder.display());
    let mut entries: Vec<_> =
        fs::read_dir(folder).with_context(unreadable)?.collect::<Result<_, _>>().with_context(unreadable)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), format!("{prefix}{}", entry.file_name().to_string_lossy()));
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files)?;
        } else {
            let bytes = fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
            files.push((name, bytes));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_folder_becomes_an_artifact_with_its_files() {
        let shelf = std::env::temp_dir().join(format!("fakehub-shelf-{}", std::process::id()));
        fs::create_dir_all(shelf.join("page/data")).unwrap();
        fs::write(shelf.join("page/index.html"), "<p>hello").unwrap();
        fs::write(shelf.join("page/data/x.json"), "{}").unwrap();
        let made = world(1_772_551_800_000, "acme", "checkout", &shelf);
        fs::remove_dir_all(&shelf).unwrap();
        let made = made.unwrap();
        let artifacts: Vec<_> = made.artifacts.values().collect();
        assert_eq!(artifacts.len(), 1);
        assert_eq!(artifacts[0].name, "page");
        let Content::Zip(files) = artifacts[0].stored.content() else { panic!("not a zip") };
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["data/x.json", "index.html"]);
        assert!(made.runs.values().all(|run| run.conclusion() == Some("success")));
    }

    #[test]
    fn a_folder_without_folders_is_refused() {
        assert!(world(0, "acme", "checkout", Path::new("/nowhere/at/all")).is_err());
    }
}
