//! What a request orders: only some fields go together.

use super::request::OrderRequest;
use crate::admin::problem::Problem;
use crate::domain::purchase::SupplierName;

/// What is ordered, by the fields that only it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OrderForm {
    Quantity,
    Numbers,
    Random,
    Filter,
    Priced,
    Area,
}

impl OrderForm {
    /// Its fields, beside those that every order has.
    const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Quantity => &["quantity", "prefix", "max_monthly", "max_setup", "external"],
            Self::Numbers => &["numbers", "max_monthly", "max_setup", "external"],
            Self::Random => &["random", "quantity", "max_monthly", "max_setup"],
            Self::Filter => &["filter", "quantity", "max_monthly", "max_setup"],
            Self::Priced => &["number", "price_uuid", "expected_monthly", "expected_setup"],
            Self::Area => &[
                "quantity",
                "area_code",
                "city",
                "region",
                "range_size",
                "type",
                "comment",
            ],
        }
    }

    /// What a request orders.
    pub(super) fn of(request: &OrderRequest) -> Self {
        match request.supplier {
            SupplierName::MultitelV3 => Self::Priced,
            SupplierName::Cm => Self::Area,
            SupplierName::CarrierX if matches!(request.random, Some(true)) => Self::Random,
            SupplierName::CarrierX if request.filter.is_some() => Self::Filter,
            SupplierName::Multitel | SupplierName::CarrierX if request.numbers.is_some() => Self::Numbers,
            SupplierName::Multitel | SupplierName::CarrierX => Self::Quantity,
        }
    }

    /// Refuses what the request has beyond the fields of what it orders.
    pub(super) fn refuse_other_fields(self, request: &OrderRequest) -> Result<(), Problem> {
        let supplier = request.supplier;
        let given = [
            ("quantity", request.quantity.is_some()),
            ("prefix", request.prefix.is_some()),
            ("max_monthly", request.max_monthly.is_some()),
            ("max_setup", request.max_setup.is_some()),
            ("numbers", request.numbers.is_some()),
            ("random", request.random == Some(true)),
            ("filter", request.filter.is_some()),
            ("number", request.number.is_some()),
            ("price_uuid", request.price_uuid.is_some()),
            ("expected_monthly", request.expected_monthly.is_some()),
            ("expected_setup", request.expected_setup.is_some()),
            ("area_code", request.area_code.is_some()),
            ("city", request.city.is_some()),
            ("region", request.region.is_some()),
            ("range_size", request.range_size.is_some()),
            ("type", request.r#type.is_some()),
            ("comment", request.comment.is_some()),
        ];
        let other = given
            .iter()
            .find(|(field, given)| *given && !self.fields().contains(field));
        if let Some((field, _)) = other {
            let fields = self.fields().join(", ");
            let detail = format!("{field} is not a field of this order: from {supplier} it may have {fields}");
            return Err(Problem::bad(detail));
        }
        let takes_external = supplier == SupplierName::CarrierX && self.fields().contains(&"external");
        match request.external {
            Some(true) if !takes_external => {
                let detail = "external: only carrierx buys numbers of other providers, by country or by number";
                Err(Problem::bad(detail))
            }
            _ => Ok(()),
        }
    }
}
