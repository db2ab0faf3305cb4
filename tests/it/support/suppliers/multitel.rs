//! Multitel's account, and its older API: `/json/FUNCTION`, as form fields or as positional segments of a GET.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::body::{field, fields};
use super::{ApiAnswer, ApiCall, WholesaleApi, multitel_v3};

pub const USER: &str = "mt-user";
pub const PASSWORD: &str = "mt-pa55word-of-the-test";

/// The segments of the GET form.
const BUY_FIELDS: [&str; 25] = [
    "UserName",
    "Password",
    "Number",
    "Description",
    "Type",
    "RingType",
    "Ringstyle",
    "URI",
    "URI2",
    "URI3",
    "SMSRingType",
    "SMSURI",
    "FaxDetect",
    "FaxEmail",
    "FaxRing",
    "Vm",
    "Vmring",
    "Vms2t",
    "Vmemail",
    "Cnam",
    "Record",
    "Screening",
    "Channels",
    "Atcd",
    "SID",
];

/// A number for sale.
#[derive(Debug, Clone)]
pub struct ForSale {
    pub setup: &'static str,
    pub monthly: &'static str,
    pub receives_sms: bool,
    pub price_uuid: &'static str,
    /// What its purchase answers instead, if anything.
    pub code: Option<i64>,
}

/// One account, which both APIs serve.
pub struct MultitelApi {
    pub for_sale: BTreeMap<String, ForSale>,
    /// With what each was bought.
    pub owned: BTreeMap<String, Vec<(String, String)>>,
    pub reserved: BTreeSet<String>,
    sold: Vec<String>,
    pub has_balance: bool,
    /// The spelling of `getareas` that this account takes.
    pub areas_by: &'static [&'static str],
    /// Another number is sold than the one that was asked for.
    pub sells_instead: Option<&'static str>,
    /// Whether the codes of v3 are JSON strings.
    pub text_codes: bool,
}

impl Default for MultitelApi {
    fn default() -> Self {
        let number = |receives_sms, code| ForSale {
            setup: "1.000",
            monthly: "2.00",
            receives_sms,
            price_uuid: "4f79d0a734aa3ce0d9f127f66a3d80a3",
            code,
        };
        let numbers = [
            ("33554530000", number(true, None)),
            ("33554530001", number(true, None)),
            ("33554530002", number(false, None)),
            ("33554530003", number(true, Some(-1265))),
        ];
        Self {
            for_sale: numbers.map(|(digits, number)| (digits.to_owned(), number)).into(),
            owned: BTreeMap::new(),
            reserved: BTreeSet::new(),
            sold: Vec::new(),
            has_balance: true,
            areas_by: &["ISOCODE"],
            sells_instead: None,
            text_codes: false,
        }
    }
}

fn returned(value: impl Into<Value>) -> ApiAnswer {
    // PHP says so of all that it prints.
    ApiAnswer::text(
        200,
        "text/html; charset=UTF-8",
        &json!({"DATA": [{"RETURN": value.into()}]}).to_string(),
    )
}

fn listed(rows: &[Value]) -> ApiAnswer {
    let body = json!({"DATA": rows, "return_code": 0});
    ApiAnswer::text(200, "text/html; charset=UTF-8", &body.to_string())
}

fn integer(digits: &str) -> Value {
    digits.parse::<u64>().map_or(Value::Null, Value::from)
}

impl MultitelApi {
    /// Sells, and remembers with what; the code, or the number that was sold.
    pub fn sell(&mut self, number: &str, with: Vec<(String, String)>) -> Result<String, i64> {
        if self.owned.contains_key(number) {
            return Err(-165);
        }
        if self.reserved.contains(number) {
            return Err(-220);
        }
        let offer = self.for_sale.get(number).ok_or(-275_i64)?;
        if let Some(code) = offer.code {
            return Err(code);
        }
        if !self.has_balance {
            return Err(99);
        }
        let number = self.sells_instead.unwrap_or(number).to_owned();
        self.for_sale.remove(&number);
        self.sold.push(number.clone());
        self.owned.insert(number.clone(), with);
        Ok(number)
    }

    fn classic(&mut self, function: &str, fields: Vec<(String, String)>) -> ApiAnswer {
        if field(&fields, "UserName") != Some(USER) || field(&fields, "Password") != Some(PASSWORD) {
            return returned(100);
        }
        let number = field(&fields, "Number").unwrap_or_default().to_owned();
        match function {
            "buynumbers" => match self.sell(&number, fields) {
                Ok(sold) => returned(integer(&sold)),
                Err(code) => returned(code),
            },
            "getdidinfo" => match self.owned.get(&number) {
                Some(with) => listed(&[json!({
                    "Description": field(with, "Description").unwrap_or(&number), "Cnam": "0", "RingStyle": "1",
                    "SetupCost": "1.000", "MonthlyCharges": "2.00", "PerMinuteCharges": "0.015", "FreeMinutes": 0,
                    "FaxDetect": "0", "FaxEmail": "", "FaxRing": "5",
                })]),
                // Inferred.
                None => returned(-165),
            },
            "releasenumbers" => match self.owned.remove(&number) {
                Some(_) => {
                    self.reserved.insert(number.clone());
                    returned(integer(&number))
                }
                None => returned(-165),
            },
            "getcountries" => listed(&[json!({
                "COUNTRYCODE": "33", "DESCRIPTION": "France", "COUNTRYID": "73", "ISOCODE": "FRA", "A2B": "1",
                "LATITUDE": "46.2", "LONGITUDE": "2.2",
            })]),
            "getareas" => {
                let given: Vec<&str> = fields.iter().skip(2).map(|(name, _)| name.as_str()).collect();
                match given == self.areas_by {
                    true => listed(&[json!({"AREACODE": "335545", "DESCRIPTION": "Corsica", "LATITUDE": "42"})]),
                    false => listed(&[]),
                }
            }
            "getdids" => self.for_sale_below(field(&fields, "CountryCode").unwrap_or_default()),
            _ => ApiAnswer::text(404, "text/html", "<html>Not Found</html>"),
        }
    }

    /// Only whole prefixes of areas, or of countries, are known.
    fn for_sale_below(&self, prefix: &str) -> ApiAnswer {
        if !matches!(prefix, "33" | "335545") {
            return returned(-330);
        }
        let found = self.for_sale.iter().filter(|(number, _)| number.starts_with(prefix));
        let mut rows: Vec<Value> = found.map(|(number, offer)| row(number, offer)).collect();
        if rows.is_empty() {
            rows.push(json!({"Number": "-100"}));
        }
        listed(&rows)
    }

    /// The fields of a call of either form.
    fn read(call: &ApiCall, function: &str, rest: &[&str]) -> Option<Vec<(String, String)>> {
        match call.method.as_str() {
            "POST" => fields(call),
            "GET" => {
                let names: &[&str] = match function {
                    "getareas" => &["UserName", "Password", "ISOCODE"],
                    "getdids" => &["UserName", "Password", "CountryCode"],
                    _ => &BUY_FIELDS,
                };
                let pairs = names.iter().zip(rest);
                Some(
                    pairs
                        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                        .collect(),
                )
            }
            _ => None,
        }
    }
}

fn row(number: &str, offer: &ForSale) -> Value {
    json!({
        "Number": number, "SetupCost": offer.setup, "MonthlyCharges": offer.monthly, "PerMinuteCharges": "0.015",
        "Country": "France", "Area": "", "CountryCode": "FR", "StateCode": "335545", "FreeMinutes": 0, "VOIP": 1,
        "SMS": u8::from(offer.receives_sms), "MMS": 0, "PER_SMS": "0", "PER_MMS": "0", "SS7": 4000,
    })
}

impl WholesaleApi for MultitelApi {
    fn answer(&mut self, call: &ApiCall) -> ApiAnswer {
        match call.path().as_slice() {
            ["json", function, rest @ ..] => match Self::read(call, function, rest) {
                Some(fields) => self.classic(function, fields),
                None => returned(100),
            },
            ["v3", rest @ ..] => multitel_v3::answer(self, call, rest),
            _ => ApiAnswer::text(404, "text/html", "<html>Not Found</html>"),
        }
    }

    fn sold(&self) -> Vec<String> {
        self.sold.clone()
    }
}
