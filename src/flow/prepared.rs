//! Maps ready to be used, kept as files beside the database: a start reads them instead of ruling every polygon again.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::centre::{NoCentre, territories};
use crate::{
    domain::{boundary::Generation, ids::GenerationId},
    locate::{Atlas, prepared::NotPrepared},
    store::Store,
};

/// The folder of prepared maps, if there is one. Its files may be deleted at any time.
#[derive(Debug, Clone, Default)]
pub struct PreparedMaps(Option<Arc<Path>>);

impl PreparedMaps {
    /// In the folder `maps` of the data folder.
    pub fn beside(data: &Path) -> Self {
        Self(Some(data.join("maps").into()))
    }

    /// The map of that name: from its file, or from the polygons, and then its file is made.
    pub async fn atlas(&self, store: &Store, generation: &Generation) -> Result<Atlas, NoCentre> {
        let Some(file) = self.file(&generation.id) else { return super::centre::atlas(store, &generation.id).await };
        let (id, checksum, path) = (generation.id.clone(), generation.checksum.clone(), file.clone());
        match aside(move || Atlas::prepared(&id, &checksum, &path)).await {
            Ok(atlas) => return Ok(atlas),
            Err(NotPrepared::Unreadable(why)) if why.kind() == std::io::ErrorKind::NotFound => {}
            Err(why) => tracing::warn!("the prepared map {} is made again: {why}", file.display()),
        }
        let (id, checksum) = (generation.id.clone(), generation.checksum.clone());
        let territories = territories(store, &id).await?;
        let atlas = aside(move || {
            let atlas = Atlas::build(id, territories);
            if let Err(why) = atlas.prepare(&checksum, &file) {
                tracing::warn!(
                    "the prepared map {} cannot be written, the next start takes longer: {why}",
                    file.display()
                );
            }
            atlas
        });
        Ok(atlas.await)
    }

    /// The same, where only the name is known.
    pub async fn named(&self, store: &Store, id: &GenerationId) -> Result<Atlas, NoCentre> {
        let generations = store.generations().await?;
        let generation = generations.iter().find(|generation| generation.id == *id).ok_or(NoCentre::NoBoundaries)?;
        self.atlas(store, generation).await
    }

    fn file(&self, generation: &GenerationId) -> Option<PathBuf> {
        Some(self.0.as_ref()?.join(format!("{generation}.map")))
    }
}

/// Other requests are answered meanwhile.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}
