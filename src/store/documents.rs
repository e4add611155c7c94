//! Versioned documents of settings, and the number that grows with every change of what servers keep in memory.

use std::borrow::Cow;

use super::{DocumentKind, Store, StoreError};
use crate::domain::{clock::Timestamp, ids::CenterId};

const NEXT_VERSION: &str = "select coalesce(max(version), 0) + 1 from document where center_id = $1 and kind = $2";

const INSERT_DOCUMENT: &str = "insert into document (center_id, kind, version, at, body) values ($1, $2, $3, $4, $5)";

const NEWEST_DOCUMENT: &str = "select version, body from document where center_id = $1 and kind = $2 \
    order by version desc limit 1";

impl DocumentKind<'_> {
    fn word(self) -> Cow<'static, str> {
        match self {
            Self::Offices(generation) => format!("offices {generation}").into(),
            Self::Successions(from, to) => format!("successions {from} {to}").into(),
            Self::Rules => "rules".into(),
            Self::WorkingTime => "working_time".into(),
            Self::Ladder => "ladder".into(),
            Self::Vault => "vault".into(),
        }
    }
}

impl Store {
    /// A number that grows with every change of documents, generations and plan: servers poll it.
    pub async fn revision(&self) -> Result<i64, StoreError> {
        Ok(reading!(self, |db| sqlx::query_scalar("select number from revision").fetch_one(db).await?))
    }

    /// Puts a document into force; its version, from 1.
    pub async fn publish_document(
        &self,
        center: &CenterId,
        kind: DocumentKind<'_>,
        body: &str,
        at: Timestamp,
    ) -> Result<i64, StoreError> {
        writing!(self, |tx| {
            tx.raise_revision().await?;
            let version: i64 = sqlx::query_scalar(NEXT_VERSION)
                .bind(center.as_str())
                .bind(kind.word().as_ref())
                .fetch_one(&mut *tx)
                .await?;
            sqlx::query(INSERT_DOCUMENT)
                .bind(center.as_str())
                .bind(kind.word().as_ref())
                .bind(version)
                .bind(at.0)
                .bind(body)
                .execute(&mut *tx)
                .await?;
            version
        })
    }

    /// Puts a document into force where there is none yet; the one in force, which may be another that came first.
    pub async fn establish_document(
        &self,
        center: &CenterId,
        kind: DocumentKind<'_>,
        body: &str,
        at: Timestamp,
    ) -> Result<String, StoreError> {
        writing!(self, |tx| {
            tx.raise_revision().await?;
            let known: Option<(i64, String)> = sqlx::query_as(NEWEST_DOCUMENT)
                .bind(center.as_str())
                .bind(kind.word().as_ref())
                .fetch_optional(&mut *tx)
                .await?;
            if let Some((_, known)) = known {
                return Ok(known);
            }
            sqlx::query(INSERT_DOCUMENT)
                .bind(center.as_str())
                .bind(kind.word().as_ref())
                .bind(1_i64)
                .bind(at.0)
                .bind(body)
                .execute(&mut *tx)
                .await?;
            body.to_owned()
        })
    }

    /// The document in force with its version.
    pub async fn document(
        &self,
        center: &CenterId,
        kind: DocumentKind<'_>,
    ) -> Result<Option<(i64, String)>, StoreError> {
        Ok(reading!(self, |db| {
            sqlx::query_as(NEWEST_DOCUMENT).bind(center.as_str()).bind(kind.word().as_ref()).fetch_optional(db).await?
        }))
    }
}

steps! {
    /// Tells servers that something they keep in memory has changed.
    trait Revision {
        /// First in a transaction: the row's lock lets publishers follow one another.
        async fn raise_revision(&mut self) -> () {
            sqlx::query("update revision set number = number + 1").execute(&mut *self).await?;
            Ok(())
        }
    }
}
