//! What people have to be told about the running of the centre: each notice once, however many instances raise it.

use uuid::Uuid;

use super::{
    Store, StoreError,
    outbox::INSERT_DELIVERY,
    rows::{from_json, maybe, parsed, to_json},
};
use crate::domain::{
    clock::Timestamp,
    delivery::Delivery,
    ids::{CenterId, NoticeId, OfficeId},
    names::Names,
};

const RAISE: &str = "insert into notice (id, center_id, office_id, kind, about, at, body, told) \
    values ($1, $2, $3, $4, $5, $6, $7, 0) on conflict (center_id, office_id, kind, about) do nothing";

const UNTOLD: &str = "select id, center_id, office_id, kind, about, at, body from notice \
    where center_id = $1 and told = 0 order by at, id limit $2";

const NEWEST: &str = "select id, center_id, office_id, kind, about, at, body from notice \
    where center_id = $1 order by at desc, id desc limit $2";

const BY_ID: &str = "select id, center_id, office_id, kind, about, at, body from notice \
    where center_id = $1 and id = $2";

const STANDS: &str = "select count(*) from notice where center_id = $1 and kind = $2 and about = $3";

const TELL: &str = "update notice set told = 1 where id = $1";

/// One thing that people have to be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// The centre.
    pub center: CenterId,
    /// The office that it concerns beside the centre; None: the centre alone.
    pub office: Option<OfficeId>,
    /// A stable word, for instance `destination_failing`.
    pub kind: String,
    /// What makes it one of its kind: raised again, it is the same.
    pub about: String,
    /// When.
    pub at: Timestamp,
    /// One line in plain words.
    pub text: Names,
}

#[derive(sqlx::FromRow)]
struct NoticeRow {
    id: Uuid,
    center_id: String,
    office_id: String,
    kind: String,
    about: String,
    at: i64,
    body: String,
}

impl TryFrom<NoticeRow> for Notice {
    type Error = StoreError;
    fn try_from(row: NoticeRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: NoticeId(row.id),
            center: parsed("notice.center_id", &row.center_id)?,
            office: maybe("notice.office_id", Some(row.office_id.as_str()).filter(|id| !id.is_empty()))?,
            kind: row.kind,
            about: row.about,
            at: Timestamp(row.at),
            text: from_json("notice.body", &row.body)?,
        })
    }
}

impl Store {
    /// Raises a notice; false where the same stands already.
    pub async fn raise_notice(&self, notice: &Notice) -> Result<bool, StoreError> {
        let standing: i64 = reading!(self, |db| {
            let query = sqlx::query_scalar(STANDS).bind(notice.center.as_str());
            query.bind(&notice.kind).bind(&notice.about).fetch_one(db).await?
        });
        if standing > 0 {
            return Ok(false);
        }
        writing!(self, |tx| { tx.raise(notice).await? })
    }

    /// Notices that have not become deliveries yet, oldest first.
    pub async fn untold_notices(&self, center: &CenterId, limit: i64) -> Result<Vec<Notice>, StoreError> {
        let rows: Vec<NoticeRow> =
            reading!(self, |db| { sqlx::query_as(UNTOLD).bind(center.as_str()).bind(limit).fetch_all(db).await? });
        rows.into_iter().map(Notice::try_from).collect()
    }

    /// The newest notices, newest first.
    pub async fn notices(&self, center: &CenterId, limit: i64) -> Result<Vec<Notice>, StoreError> {
        let rows: Vec<NoticeRow> =
            reading!(self, |db| { sqlx::query_as(NEWEST).bind(center.as_str()).bind(limit).fetch_all(db).await? });
        rows.into_iter().map(Notice::try_from).collect()
    }

    /// The notice of that id.
    pub async fn notice(&self, center: &CenterId, id: NoticeId) -> Result<Option<Notice>, StoreError> {
        let row: Option<NoticeRow> =
            reading!(self, |db| { sqlx::query_as(BY_ID).bind(center.as_str()).bind(id.0).fetch_optional(db).await? });
        row.map(Notice::try_from).transpose()
    }

    /// Writes the deliveries that a notice has become.
    pub async fn tell_notice(&self, notice: &Notice, deliveries: &[Delivery]) -> Result<(), StoreError> {
        writing!(self, |tx| {
            for delivery in deliveries {
                sqlx::query(INSERT_DELIVERY)
                    .bind(delivery.id.0)
                    .bind(notice.center.as_str())
                    .bind(delivery.destination.0)
                    .bind(delivery.subject)
                    .bind(Option::<Uuid>::None)
                    .bind(delivery.purpose.word())
                    .bind(delivery.created_at.0)
                    .execute(&mut *tx)
                    .await?;
            }
            sqlx::query(TELL).bind(notice.id.0).execute(&mut *tx).await?;
        })
    }
}

steps! {
    /// Raising inside a transaction.
    trait RaiseNotice {
        /// False where the same stands already.
        async fn raise(&mut self, notice: &Notice) -> bool {
            let done = sqlx::query(RAISE)
                .bind(notice.id.0)
                .bind(notice.center.as_str())
                .bind(notice.office.as_ref().map_or("", OfficeId::as_str))
                .bind(&notice.kind)
                .bind(&notice.about)
                .bind(notice.at.0)
                .bind(to_json(&notice.text)?)
                .execute(&mut *self)
                .await?;
            Ok(done.rows_affected() == 1)
        }
    }
}
