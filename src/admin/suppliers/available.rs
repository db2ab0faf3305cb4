//! `GET /v1/suppliers/{name}/available`: numbers that can be bought now.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use crate::admin::AdminApi;
use crate::admin::auth::AdminCaller;
use crate::admin::page::QueryParameters;
use crate::admin::path::PathParam;
use crate::admin::problem::Problem;
use crate::admin::supplier_call;
use crate::domain::country::{CountryName, CountryNames};
use crate::domain::inventory::parse_country;
use crate::domain::phone::DIGITS_MAX;
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::ability::Ability;
use crate::domain::purchase::outcome::Offer;
use crate::domain::purchase::price::Currency;
use crate::domain::purchase::request::OfferSearch;

/// Numbers that are shown by default, and at most.
const LIMIT_DEFAULT: usize = 20;
const LIMIT_MAX: usize = 1000;

#[derive(Serialize)]
struct OfferDto<'a> {
    number: String,
    country: &'a str,
    area: Option<&'a str>,
    sms: bool,
    setup: String,
    monthly: String,
    currency: Option<String>,
    source: &'static str,
}

fn offer_dto<'a>(offer: &'a Offer, country: &'a CountryName, currency: Option<Currency>) -> OfferDto<'a> {
    OfferDto {
        number: offer.number.digits(),
        country: country.as_str(),
        area: offer.area.as_deref(),
        sms: offer.receives_sms,
        setup: offer.price.setup.to_string(),
        monthly: offer.price.monthly.to_string(),
        currency: currency.map(|currency| currency.to_string()),
        source: if offer.is_external { "external" } else { "own" },
    }
}

/// The search that the query asks for, and its country.
fn parsed(mut query: QueryParameters, countries: &CountryNames) -> Result<(OfferSearch, CountryName), Problem> {
    let country = query
        .take("country")
        .ok_or_else(|| Problem::bad("country is missing"))?;
    let country = parse_country(&country, countries);
    let country = country.map_err(|invalid| Problem::bad(invalid.message(countries)))?;
    let prefix = countries.prefix(&country, query.take("prefix").as_deref());
    let code = countries.code(&country).map(str::to_owned);
    let digits = |text: &str| text.len() <= DIGITS_MAX && text.bytes().all(|byte| byte.is_ascii_digit());
    let search = OfferSearch {
        country: code.ok_or_else(|| Problem::bad("country: it has no code of ISO 3166-1"))?,
        prefix: prefix.map_err(|invalid| Problem::bad(format!("prefix {invalid}")))?,
        contains: query.read("contains", "1 to 15 digits", |text| {
            digits(text).then(|| text.to_owned())
        })?,
        external: query
            .read("external", "true or false", |text| text.parse().ok())?
            .unwrap_or(false),
        limit: query
            .read("limit", "an integer from 1 to 1000", |text| {
                text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit))
            })?
            .unwrap_or(LIMIT_DEFAULT),
    };
    query.end()?;
    Ok((search, country))
}

pub(in crate::admin) async fn available(
    State(api): State<AdminApi>,
    _: AdminCaller,
    PathParam(name): PathParam<SupplierName>,
    query: QueryParameters,
) -> Result<Response, Problem> {
    let (search, country) = parsed(query, &api.countries)?;
    let found = supplier_call::read(&api, name, Ability::Search, |client| client.search(&search)).await?;
    let currency = api.suppliers.get(name).map(|entry| entry.terms.currency);
    let shown = found.iter().take(search.limit);
    let items: Vec<OfferDto<'_>> = shown.map(|offer| offer_dto(offer, &country, currency)).collect();
    Ok(Json(json!({ "items": items, "next": null })).into_response())
}
