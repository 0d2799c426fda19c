//! The query protocol of STS and IAM: forms in, XML out, parameters checked as AWS checks them.
//! Source: the AWS query protocol of the service models, and texts of refusals that were seen in the field.

use std::fmt::Write as _;

use hyper::StatusCode;

use super::http::{Fields, Reply, Request};
use crate::controls::millis::Millis;
use genkan_domain::values::time::format_iso8601;

/// The XML namespace of a service, which carries its version.
#[derive(Clone, Copy)]
pub(crate) enum Service {
    Sts,
    Iam,
}

impl Service {
    fn namespace(self) -> &'static str {
        match self {
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
            Self::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
        }
    }

    /// The name that signatures are made for.
    pub(crate) fn signing_name(self) -> &'static str {
        match self {
            Self::Sts => "sts",
            Self::Iam => "iam",
        }
    }
}

/// An answer that says no.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            status,
            code,
            message,
        }
    }

    pub(crate) fn denied(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "AccessDenied", message)
    }

    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "ValidationError", message)
    }

    pub(crate) fn reply(&self, service: Service, request_id: &str) -> Reply {
        let fault = if self.status.is_server_error() {
            "Receiver"
        } else {
            "Sender"
        };
        let xml = format!(
            "<ErrorResponse xmlns=\"{}\">\n  <Error>\n    <Type>{fault}</Type>\n    <Code>{}</Code>\n    \
             <Message>{}</Message>\n  </Error>\n  <RequestId>{request_id}</RequestId>\n</ErrorResponse>\n",
            service.namespace(),
            self.code,
            escape_xml(&self.message),
        );
        Reply::new(self.status, "text/xml", xml)
    }
}

/// What an action gives: the inside of its result, or nothing where it has none.
pub(crate) type Outcome = Result<Option<Xml>, Refusal>;

/// The reply to an action.
pub(crate) fn reply_to_action(service: Service, request: &Request, action: &str, outcome: Outcome) -> Reply {
    let result = match outcome {
        Err(refusal) => return refusal.reply(service, &request.id),
        Ok(None) => String::new(),
        Ok(Some(Xml(inside))) => format!("  <{action}Result>\n{inside}  </{action}Result>\n"),
    };
    let xml = format!(
        "<{action}Response xmlns=\"{}\">\n{result}  <ResponseMetadata>\n    <RequestId>{}</RequestId>\n  \
         </ResponseMetadata>\n</{action}Response>\n",
        service.namespace(),
        request.id,
    );
    Reply::new(StatusCode::OK, "text/xml", xml)
}

/// Elements, one after another.
#[derive(Debug, Default)]
pub(crate) struct Xml(String);

impl Xml {
    /// An element with text in it.
    #[must_use]
    pub(crate) fn text(mut self, name: &str, value: &str) -> Self {
        let _ = writeln!(self.0, "<{name}>{}</{name}>", escape_xml(value));
        self
    }

    /// The same where there is a value.
    #[must_use]
    pub(crate) fn optional(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// A point in time, in whole seconds.
    #[must_use]
    pub(crate) fn time(self, name: &str, at: Millis) -> Self {
        let at = jiff::Timestamp::from_second(at.div_euclid(1_000)).unwrap_or_default();
        self.text(name, &format_iso8601(at))
    }

    /// An element with elements in it.
    #[must_use]
    pub(crate) fn nested(mut self, name: &str, inside: &Self) -> Self {
        let _ = write!(self.0, "<{name}>\n{}</{name}>\n", inside.0);
        self
    }

    /// A list of elements.
    #[must_use]
    pub(crate) fn list(mut self, name: &str, members: impl Iterator<Item = Self>) -> Self {
        let _ = writeln!(self.0, "<{name}>");
        for member in members {
            let _ = write!(self.0, "<member>\n{}</member>\n", member.0);
        }
        let _ = writeln!(self.0, "</{name}>");
        self
    }
}

/// Text as written between tags. What XML can't hold at all is a replacement mark.
fn escape_xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' | '\n' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Collects what is wrong with the parameters of a request, as AWS reports it: all at once.
pub(crate) struct Checks<'f> {
    form: &'f Fields,
    failed: Vec<String>,
}

/// Which characters a parameter may have, and how AWS writes that.
pub(crate) struct Pattern {
    pub(crate) written: &'static str,
    pub(crate) marks: &'static str,
}

impl Pattern {
    fn allows(&self, text: &str) -> bool {
        text.chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || self.marks.contains(c))
    }
}

impl<'f> Checks<'f> {
    pub(crate) fn new(form: &'f Fields) -> Self {
        Self {
            form,
            failed: Vec::new(),
        }
    }

    /// Notes that a value breaks a constraint. AWS writes names of members with a small first letter.
    pub(crate) fn fail(&mut self, value: Option<&str>, name: &str, constraint: &str) {
        let value = value.map_or_else(|| "null".to_owned(), |value| format!("'{value}'"));
        let mut letters = name.chars();
        let first = letters.next().map(|c| c.to_ascii_lowercase());
        let member: String = first.into_iter().chain(letters).collect();
        self.failed.push(format!(
            "Value {value} at '{member}' failed to satisfy constraint: Member must {constraint}"
        ));
    }

    /// A parameter as it came.
    pub(crate) fn value(&self, name: &str) -> Option<&'f str> {
        self.form.get(name)
    }

    pub(crate) fn required(&mut self, name: &str) {
        if self.form.get(name).is_none() {
            self.fail(None, name, "not be null");
        }
    }

    /// A text of so many characters.
    pub(crate) fn length(&mut self, name: &str, value: &str, least: usize, most: usize) {
        let length = value.chars().count();
        if length < least {
            let constraint = format!("have length greater than or equal to {least}");
            self.fail(Some(value), name, &constraint);
        }
        if length > most {
            let constraint = format!("have length less than or equal to {most}");
            self.fail(Some(value), name, &constraint);
        }
    }

    /// An optional text of so many characters of a pattern.
    pub(crate) fn text(
        &mut self,
        name: &str,
        least: usize,
        most: usize,
        pattern: &Pattern,
    ) -> Option<&'f str> {
        let value = self.form.get(name)?;
        self.length(name, value, least, most);
        if !pattern.allows(value) {
            let constraint = format!("satisfy regular expression pattern: {}", pattern.written);
            self.fail(Some(value), name, &constraint);
        }
        Some(value)
    }

    /// An optional number between two others.
    pub(crate) fn number(&mut self, name: &str, least: i64, most: i64) -> Option<i64> {
        let value = self.form.get(name)?;
        let Ok(number) = value.parse::<i64>() else {
            self.fail(Some(value), name, "be a number");
            return None;
        };
        if number < least {
            self.fail(
                Some(value),
                name,
                &format!("have value greater than or equal to {least}"),
            );
        }
        if number > most {
            self.fail(
                Some(value),
                name,
                &format!("have value less than or equal to {most}"),
            );
        }
        Some(number)
    }

    pub(crate) fn finish(self) -> Result<(), Refusal> {
        let count = self.failed.len();
        if count == 0 {
            return Ok(());
        }
        let errors = if count == 1 { "error" } else { "errors" };
        Err(Refusal::validation(format!(
            "{count} validation {errors} detected: {}",
            self.failed.join("; ")
        )))
    }
}

/// The answer where neither service has the action.
pub(crate) fn unknown_action(request: &Request) -> Reply {
    let form = request.form();
    let action = form.get("Action").unwrap_or("null");
    let message = format!("Could not find operation {action} for version NO_VERSION_SPECIFIED");
    Refusal::new(StatusCode::BAD_REQUEST, "InvalidAction", message).reply(Service::Sts, &request.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_reported_at_once_in_the_words_of_aws() {
        let form = Fields::parse(b"RoleSessionName=a%20&DurationSeconds=60");
        let mut checks = Checks::new(&form);
        checks.required("RoleArn");
        let pattern = Pattern {
            written: "[\\w+=,.@-]*",
            marks: "+=,.@-",
        };
        checks.text("RoleSessionName", 2, 64, &pattern);
        checks.number("DurationSeconds", 900, 43_200);
        assert_eq!(
            checks.finish().unwrap_err().message,
            "3 validation errors detected: Value null at 'roleArn' failed to satisfy constraint: Member must not be \
             null; Value 'a ' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression \
             pattern: [\\w+=,.@-]*; Value '60' at 'durationSeconds' failed to satisfy constraint: Member must have value \
             greater than or equal to 900"
        );
    }

    #[test]
    fn text_is_escaped_and_time_is_in_whole_seconds() {
        let xml = Xml::default().text("A", "<&>\u{1b}").time("B", 1_999);
        assert_eq!(
            xml.0,
            "<A>&lt;&amp;&gt;\u{fffd}</A>\n<B>1970-01-01T00:00:01Z</B>\n"
        );
    }
}
