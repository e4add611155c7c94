//! The figures of the whole, as everybody may see them: what a dashboard shows. No report by itself is ever told here,
//! since the moment of a change, beside commune and category, could point at whoever sent it.

use bytes::Bytes;
use futures::Stream;

use super::{Live, stand::Topic};
use crate::{
    app::App,
    http::{Problem, api::figures::public_summary},
};

/// Reads them, and tells them where they have changed.
pub async fn tell(app: &App, topic: &Topic) -> Result<(), Problem> {
    topic.tell("figures", &public_summary(app).await?);
    Ok(())
}

impl Live {
    /// The public figures, whenever they have changed.
    pub async fn figures(&self, last: Option<String>) -> Result<impl Stream<Item = Bytes> + use<>, Problem> {
        let inner = &self.0;
        let stream = self.states(&inner.figures, (), last);
        tell(&inner.app, &inner.figures).await?;
        Ok(stream)
    }
}
