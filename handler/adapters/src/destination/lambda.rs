//! A function of AWS Lambda, called asynchronously: Lambda keeps the event in a queue of its own and answers. Its payload
//! is CloudEvents JSON, the exact body in `data_base64`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use doorbell_core::config::{DestinationConfig, Key, Kind, Shape};
use doorbell_core::destination::{Destination, Durability, Receipt};
use doorbell_core::fault::Cause;
use doorbell_core::{BoxFuture, Event, cloudevent};
use http::Method;

use super::amazon::{PATIENCE, client, fits, room};
use super::{Adapter, OpenError, Site};
use crate::aws::permit::here;
use crate::aws::service::LAMBDA;
use crate::aws::{Arn, Client, Permit, Refusal};

/// The largest payload of an asynchronous call, in bytes
/// (docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
const MAX_PAYLOAD: usize = 1 << 20;
/// How a call is answered that was kept, and one that was only tried
/// (docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
const KEPT: (&str, u16) = ("Event", 202);
const TRIED: (&str, u16) = ("DryRun", 204);

#[derive(Debug)]
struct Lambda {
    client: Client,
    function: Function,
}

#[derive(Clone, Debug)]
struct Function {
    /// A name or an ARN, with a version or an alias after a colon or not: Lambda takes any of them.
    text: String,
    arn: Option<Arn>,
}

impl Lambda {
    async fn invoke(&self, (kind, yes): (&str, u16), payload: Bytes, limit: Duration) -> Result<(), Refusal> {
        let path = ["2015-03-31", "functions", &self.function.text, "invocations"];
        let headers = vec![("content-type", "application/json"), ("x-amz-invocation-type", kind)];
        let status = self.client.rest((Method::POST, &path), headers, payload, limit).await?;
        if status.as_u16() == yes {
            return Ok(());
        }
        Err(Refusal::Unreadable(format!("the answer is {}, and {yes} was expected", status.as_u16())))
    }
}

impl Destination for Lambda {
    fn durability(&self) -> Durability {
        Durability::Durable
    }

    fn hand_off<'a>(&'a self, event: &'a Event, within: Duration) -> BoxFuture<'a, Result<Receipt, Cause>> {
        Box::pin(async move {
            let (payload, function) = (cloudevent::json(event), &self.function);
            fits("invoke", &function.text, payload.len(), MAX_PAYLOAD)?;
            let invoked = self.invoke(KEPT, payload.into(), within).await;
            invoked.map_err(|refusal| refusal.cause("invoke", &function.text, &function.permit()))?;
            Ok(Receipt::new(Durability::Durable))
        })
    }

    /// A call that is only tried takes the same right, and runs nothing.
    fn reach(&self) -> BoxFuture<'_, Result<(), Cause>> {
        Box::pin(async {
            let function = &self.function;
            let tried = self.invoke(TRIED, Bytes::from_static(b"{}"), PATIENCE).await;
            tried.map_err(|refusal| refusal.cause("ask about", &function.text, &function.permit()))
        })
    }
}

impl Function {
    fn parse(text: &str) -> Option<Self> {
        let arn = Arn::parse(text).filter(|arn| arn.is_of("lambda"));
        let name = arn.as_ref().map_or(Some(text), |arn| arn.resource().strip_prefix("function:"))?;
        let (name, qualifier) = name.split_once(':').map_or((name, None), |(name, after)| (name, Some(after)));
        let is_word = |text: &str, more: &[u8]| {
            let in_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte) || more.contains(&byte);
            (1..=128).contains(&text.len()) && text.bytes().all(in_word)
        };
        let sound = is_word(name, b"") && name.len() <= 64 && qualifier.is_none_or(|text| is_word(text, b"$"));
        sound.then(|| Self { text: text.to_owned(), arn })
    }

    fn permit(&self) -> Permit {
        let named = || here("lambda", &format!("function:{}", self.text));
        let resource = self.arn.as_ref().map_or_else(named, ToString::to_string);
        Permit { actions: &["lambda:InvokeFunction"], resource }
    }
}

/// A function, for the table.
pub const ADAPTER: Adapter = Adapter {
    kind: Kind {
        name: "lambda",
        keys: &[Key::new(
            "function",
            Shape::Text,
            "the function, by its name or its ARN, with :VERSION or :ALIAS after it or not",
        )
        .required()],
        doc: "a function of AWS Lambda, called asynchronously with CloudEvents JSON",
        built: true,
        durability: Durability::Durable,
        danger: None,
        relays: false,
        largest: Some(room(MAX_PAYLOAD)),
        parks: false,
    },
    judge: |config| function(config).err().into_iter().collect(),
    open: |config, site| Box::pin(std::future::ready(open(config, site))),
    grants: |config| function(config).map(|function| function.permit().into()).into_iter().collect(),
};

fn function(config: &DestinationConfig) -> Result<Function, OpenError> {
    let text = config.settings.text("function").unwrap_or_default();
    let fix = "write its name, NAME:ALIAS, or its ARN: arn:aws:lambda:REGION:ACCOUNT:function:NAME";
    Function::parse(text).ok_or_else(|| OpenError::new(format!("{text:?} is no function"), fix).about("function"))
}

fn open(config: &DestinationConfig, site: &Site) -> Result<Arc<dyn Destination>, OpenError> {
    let function = function(config)?;
    let client = client(site, LAMBDA, function.arn.as_ref().map(Arn::region))?;
    Ok(Arc::new(Lambda { client, function }))
}
