//! What an account must let this process do: the least that a config needs.

/// Actions on one resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permit {
    /// In the words of IAM: `sqs:SendMessage`.
    pub actions: &'static [&'static str],
    /// The ARN, or a pattern of one where AWS makes up a part of it.
    pub resource: String,
}

impl Permit {
    /// The statement that allows it, as the lines of a template's `Policies` have it.
    #[must_use]
    pub fn statement(&self) -> String {
        let (actions, resource) = (self.actions.join(", "), &self.resource);
        let filled_in = if resource.contains("${") { "!Sub " } else { "" };
        format!("{{ Effect: Allow, Action: [{actions}], Resource: {filled_in}\"{resource}\" }}")
    }
}
