//! Which table.

use doorbell_core::config::Settings;

use crate::aws::permit::within;
use crate::aws::{Arn, Aws, Permit};
use crate::destination::OpenError;

/// A table, as the config names it.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name or its ARN: the calls take either.
    pub(super) name: String,
    region: Option<String>,
    arn: Option<Arn>,
}

impl Table {
    /// As the config says.
    ///
    /// # Errors
    /// It is the name of no table, or says two regions.
    pub fn new(settings: &Settings) -> Result<Self, OpenError> {
        let name = settings.text("table").unwrap_or_default().to_owned();
        let region = settings.text("region").map(str::to_owned);
        let arn = Arn::parse(&name).filter(|arn| arn.service() == "dynamodb" && !arn.region().is_empty());
        if !is_plain(arn.as_ref().map_or(Some(name.as_str()), |arn| arn.resource().strip_prefix("table/"))) {
            let fix = "write the table's name (letters, digits, - _ .), or arn:aws:dynamodb:REGION:ACCOUNT:table/NAME";
            return Err(OpenError::new(format!("dynamodb: {name:?} is no table"), fix).about("table"));
        }
        if arn.as_ref().is_some_and(|arn| region.as_ref().is_some_and(|region| region != arn.region())) {
            let what = "dynamodb: the table's ARN is of another region";
            return Err(OpenError::new(what, "leave the region to the ARN").about("region"));
        }
        Ok(Self { name, region, arn })
    }

    pub(super) fn region(&self, aws: &Aws) -> Result<String, OpenError> {
        let named = self.arn.as_ref().map(|arn| arn.region().to_owned()).or_else(|| self.region.clone());
        named.or_else(|| aws.region()).ok_or_else(|| {
            let fix = "say region = \"...\" under [dedupe], or set AWS_REGION";
            OpenError::new("dynamodb: no region is named", fix)
        })
    }

    /// What reading and writing its items needs.
    #[must_use]
    pub fn permit(&self) -> Permit {
        let named = || within(self.region.as_deref(), "dynamodb", &format!("table/{}", self.name));
        let resource = self.arn.as_ref().map_or_else(named, ToString::to_string);
        Permit { actions: &["dynamodb:GetItem", "dynamodb:PutItem"], resource }
    }
}

/// Whether it can be the name of a table
/// (docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html).
fn is_plain(name: Option<&str>) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    name.is_some_and(|name| (3..=255).contains(&name.len()) && name.bytes().all(plain))
}
