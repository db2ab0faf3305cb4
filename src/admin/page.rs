//! Lists come in pages: `{"items":[...],"next":"<cursor>"|null}`. The next page begins after the last item of this one,
//! so no item is shown twice and none is left out, whatever is added meanwhile.

use std::str::FromStr;

use axum::Json;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::problem::Problem;

/// Items of a page by default.
const LIMIT_DEFAULT: u32 = 100;
/// The most items of a page.
const LIMIT_MAX: u32 = 1000;

/// The query parameters, taken one by one; [`QueryParameters::end`] refuses those that are left. An empty one counts as
/// missing.
#[derive(Debug)]
pub(super) struct QueryParameters(Vec<(String, String)>);

impl QueryParameters {
    /// The parameter, not parsed.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let index = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.swap_remove(index).1).filter(|value| !value.is_empty())
    }

    /// The parameter, parsed by `parse`; a refusal has what is expected.
    pub(super) fn read<T>(
        &mut self,
        name: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        self.take(name)
            .map(|value| parse(&value).ok_or_else(|| Problem::bad(format!("{name} must be {expected}"))))
            .transpose()
    }

    /// The requested page. `list` is the name of the list, so that a cursor of another list is refused.
    pub(super) fn page<K: FromStr>(&mut self, list: &'static str) -> Result<Page<K>, Problem> {
        let limit = self.read("limit", &format!("an integer from 1 to {LIMIT_MAX}"), |text| {
            text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit))
        })?;
        let after = self.read("cursor", "the `next` of an earlier page of this list", |text| {
            let plain = String::from_utf8(hex::decode(text).ok()?).ok()?;
            plain.strip_prefix(list)?.strip_prefix(' ')?.parse().ok()
        })?;
        Ok(Page {
            list,
            limit: limit.unwrap_or(LIMIT_DEFAULT),
            after,
        })
    }

    /// Refuses unknown and repeated parameters: a misspelt filter must not be ignored.
    pub(super) fn end(self) -> Result<(), Problem> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => Err(Problem::bad(format!(
                "{name} is not a parameter of this path, or is given twice"
            ))),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for QueryParameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(pairs) = Query::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::bad("the query after the ? cannot be read"))?;
        Ok(Self(pairs))
    }
}

/// The requested page. `K` is the key by which the list is ordered.
#[derive(Debug)]
pub(super) struct Page<K> {
    list: &'static str,
    limit: u32,
    /// The key after which the page begins; `None`: the first page.
    pub(super) after: Option<K>,
}

impl<K> Page<K> {
    /// How many rows to load: one more than the page shows, to know whether there is a next one.
    pub(super) const fn rows(&self) -> u32 {
        self.limit + 1
    }

    /// The answer with these rows; `key` returns the key of a row.
    pub(super) fn answer<'a, R, I: Serialize>(
        &self,
        rows: &'a [R],
        key: impl FnOnce(&R) -> String,
        item: impl Fn(&'a R) -> I,
    ) -> Response {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let shown = &rows[..rows.len().min(limit)];
        let last = shown.last().filter(|_| rows.len() > limit);
        self.part(shown.iter().map(item).collect(), last.map(key))
    }

    /// How many items the page shows at most.
    pub(super) const fn limit(&self) -> u32 {
        self.limit
    }

    /// The answer with these items, and the key after which the next page begins, if there is one.
    pub(super) fn part<I: Serialize>(&self, items: Vec<I>, next: Option<String>) -> Response {
        let next = next.map(|key| hex::encode(format!("{} {key}", self.list)));
        Json(PageDto { items, next }).into_response()
    }
}

#[derive(Serialize)]
struct PageDto<I> {
    items: Vec<I>,
    next: Option<String>,
}
