//! Calls of AWS's query protocol that no SDK here makes: IAM's, and STS's with keys that are given. One signed POST each.
//!
//! `aws-sdk-iam` has some 170 operations and would be the largest crate of the build by far; genkan calls five. The
//! SDK's client for STS is here anyway, but hides the code of an error that this tells apart. Source: botocore's `iam`
//! and `sts` models; signatures are AWS's own implementation.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_xml::decode::{Document, ScopedDecoder, try_data};
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

use super::single_call::Answer;
use crate::aws::client::with_retries;
use crate::aws::refusals::classify::classify_untrusted_response;
use crate::aws::refusals::origin::AnswerOrigin;
use crate::aws::refusals::reason::find_reason;
use crate::aws::{Aws, AwsError};
use crate::domain::sessions::start_url::may_open;
use crate::domain::targets::iam_user::AccessKey;
use crate::domain::text::CleanText;
use crate::domain::{Partition, Region, RoleCredentials};

/// A service that speaks the query protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::aws) enum QueryService {
    Iam,
    Sts,
}

impl QueryService {
    pub(in crate::aws) fn name(self) -> &'static str {
        match self {
            Self::Iam => "IAM",
            Self::Sts => "STS",
        }
    }

    fn signing_name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Sts => "sts",
        }
    }

    fn version(self) -> &'static str {
        match self {
            Self::Iam => "2010-05-08",
            Self::Sts => "2011-06-15",
        }
    }
}

/// What a request is signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signer {
    /// An IAM user's long-lived key.
    Key(AccessKey),
    /// Temporary credentials.
    Session(RoleCredentials),
}

impl Signer {
    fn credentials(&self) -> Credentials {
        match self {
            Self::Key(key) => Credentials::new(key.id.as_str(), key.secret.expose(), None, None, "genkan"),
            Self::Session(session) => Credentials::new(
                &session.access_key_id,
                session.secret_access_key.expose(),
                Some(session.session_token.expose().to_owned()),
                None,
                "genkan",
            ),
        }
    }
}

/// The fields of one element, which may be secret.
pub(in crate::aws) type Record = BTreeMap<String, Zeroizing<String>>;

/// A call, and where its answer has what is asked for.
pub(in crate::aws) struct Call<'a> {
    pub(in crate::aws) service: QueryService,
    pub(in crate::aws) action: &'static str,
    pub(in crate::aws) parameters: Vec<(&'static str, &'a str)>,
    /// The elements below the answer's root that lead to those that are wanted.
    pub(in crate::aws) path: &'static [&'static str],
    /// Whether the same call can be made twice.
    pub(in crate::aws) repeatable: bool,
}

impl Aws {
    /// Makes a call in the partition of a Region: STS answers in that Region, IAM in its partition's own.
    pub(in crate::aws) async fn query(
        &self,
        call: &Call<'_>,
        region: &Region,
        signer: &Signer,
    ) -> Result<Vec<Record>, AwsError> {
        let (endpoint, region) = self.query_endpoint(call.service, region);
        if !may_open(&endpoint) {
            let words = format!("`{endpoint}` is neither https nor on this machine");
            return Err(AwsError::Configuration(words.into()));
        }
        let once = async || {
            let request = self.signed_post(call, &endpoint, &region, signer)?;
            let host = call.service.name();
            let answer = self.send_once(&self.http, request, (call.action, host)).await?;
            read_records(call, answer)
        };
        if call.repeatable {
            with_retries(&self.requests, once).await
        } else {
            once().await
        }
    }

    /// Where a service is reached, and the Region that signatures name.
    fn query_endpoint(&self, service: QueryService, region: &Region) -> (String, Region) {
        let partition = region.partition();
        let suffix = dns_suffix(partition);
        let fips = if self.is_fips() { "-fips" } else { "" };
        let (own, usual, region) = match service {
            QueryService::Iam => {
                let host = match partition {
                    Partition::Aws => format!("iam{fips}.{suffix}"),
                    Partition::UsGov => format!("iam.us-gov.{suffix}"),
                    partition => format!("iam.{}.{suffix}", partition.home_region()),
                };
                (&self.endpoints.iam, host, partition.home_region())
            }
            QueryService::Sts => {
                let host = format!("sts{fips}.{region}.{suffix}");
                (&self.endpoints.sts, host, region.clone())
            }
        };
        (own.clone().unwrap_or_else(|| format!("https://{usual}")), region)
    }

    fn signed_post(
        &self,
        call: &Call<'_>,
        endpoint: &str,
        region: &Region,
        signer: &Signer,
    ) -> Result<HttpRequest, AwsError> {
        let unsigned =
            |error: &(dyn std::error::Error + 'static)| AwsError::Configuration(find_reason(error));
        let uri = format!("{}/", endpoint.trim_end_matches('/'));
        let mut form = Serializer::new(String::new());
        form.append_pair("Action", call.action)
            .append_pair("Version", call.service.version())
            .extend_pairs(&call.parameters);
        let body = form.finish();
        let identity = signer.credentials().into();
        let since = u64::try_from(self.clock.now().as_millisecond()).unwrap_or(0);
        let settings = v4::SigningParams::builder()
            .identity(&identity)
            .region(region.as_str())
            .name(call.service.signing_name())
            .time(SystemTime::UNIX_EPOCH + Duration::from_millis(since))
            .settings(SigningSettings::default())
            .build()
            .map_err(|e| unsigned(&e))?
            .into();
        let headers = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
        let signable = SignableRequest::new(
            "POST",
            &uri,
            headers.into_iter(),
            SignableBody::Bytes(body.as_bytes()),
        )
        .map_err(|e| unsigned(&e))?;
        let (instructions, _) = sign(signable, &settings).map_err(|e| unsigned(&e))?.into_parts();
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method("POST").map_err(|e| unsigned(&e))?;
        request.set_uri(uri).map_err(|e| unsigned(&e))?;
        for (name, value) in headers.into_iter().chain(instructions.headers()) {
            request.headers_mut().insert(name.to_owned(), value.to_owned());
        }
        Ok(request)
    }
}

/// The end of a partition's host names.
fn dns_suffix(partition: Partition) -> &'static str {
    match partition {
        Partition::China => "amazonaws.com.cn",
        Partition::EuropeanSovereign => "amazonaws.eu",
        Partition::Iso => "c2s.ic.gov",
        Partition::IsoB => "sc2s.sgov.gov",
        Partition::IsoE => "cloud.adc-e.uk",
        Partition::IsoF => "csp.hci.ic.gov",
        Partition::Aws | Partition::UsGov => "amazonaws.com",
    }
}

fn read_records(call: &Call<'_>, answer: Answer) -> Result<Vec<Record>, AwsError> {
    let host = call.service.name();
    let status = answer.from.status;
    if answer.origin == AnswerOrigin::Unmarked {
        return Err(classify_untrusted_response(answer.from, None));
    }
    let unreadable = || AwsError::Unreadable {
        host: host.to_owned(),
        reason: "it is not the XML that was expected".into(),
    };
    let text = std::str::from_utf8(&answer.body).map_err(|_| unreadable())?;
    if status == 200 {
        return parse_records(text, call.path).ok_or_else(unreadable);
    }
    let error = parse_records(text, &["Error"]).and_then(|mut errors| errors.pop());
    let field = |name: &str| {
        let value = error.as_ref().and_then(|fields| fields.get(name));
        value.map_or("", |value| value.as_str())
    };
    let code = field("Code");
    Err(match (status, code) {
        (_, "Throttling" | "ThrottlingException" | "RequestLimitExceeded") | (429, _) => {
            AwsError::Throttled {
                host: host.to_owned(),
                retry_after: None,
            }
        }
        (500.., _) => AwsError::Server {
            host: host.to_owned(),
            status,
            retry_after: None,
        },
        (300..=399, _) | (_, "") => unreadable(),
        _ => AwsError::Refused {
            service: host,
            action: call.action,
            code: CleanText::new(code),
            words: CleanText::new(field("Message")),
        },
    })
}

/// The fields of every element that a path leads to, from below the root. `None` where it isn't XML.
fn parse_records(text: &str, path: &[&str]) -> Option<Vec<Record>> {
    let mut document = Document::new(text);
    let mut root = document.root_element().ok()?;
    let mut found = Vec::new();
    collect_records(&mut root, path, &mut found);
    Some(found)
}

fn collect_records(at: &mut ScopedDecoder<'_, '_>, path: &[&str], found: &mut Vec<Record>) {
    let Some((name, rest)) = path.split_first() else {
        let mut record = Record::new();
        while let Some(mut field) = at.next_tag() {
            let name = field.start_el().local().to_owned();
            // One with elements of its own has no text.
            if let Ok(text) = try_data(&mut field) {
                record.insert(name, Zeroizing::new(text.into_owned()));
            }
        }
        found.push(record);
        return;
    };
    while let Some(mut child) = at.next_tag() {
        if child.start_el().local() == *name {
            collect_records(&mut child, rest, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::AwsOptions;
    use crate::platform::clock::Clock;

    #[test]
    fn records_are_found_at_their_path() {
        let text = r#"<?xml version="1.0"?><ListAccessKeysResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
            <ListAccessKeysResult><IsTruncated>false</IsTruncated><AccessKeyMetadata>
            <member><AccessKeyId>AKIA1</AccessKeyId><Status>Active</Status><Odd><Deep>x</Deep></Odd></member>
            <member><AccessKeyId>AKIA2</AccessKeyId><Status>A&amp;B</Status></member>
            </AccessKeyMetadata></ListAccessKeysResult>
            <ResponseMetadata><RequestId>f00</RequestId></ResponseMetadata></ListAccessKeysResponse>"#;
        let path = ["ListAccessKeysResult", "AccessKeyMetadata", "member"];
        let found = parse_records(text, &path).expect("XML");
        let of = |name: &str| found.iter().map(|r| r[name].to_string()).collect::<Vec<_>>();
        assert_eq!(of("AccessKeyId"), ["AKIA1", "AKIA2"]);
        assert_eq!(of("Status"), ["Active", "A&B"]);
        assert_eq!(
            parse_records("<html>", &["Error"]).map(|found| found.len()),
            Some(0)
        );
        assert_eq!(parse_records("not XML", &["Error"]), None);
    }

    #[test]
    fn each_partition_has_its_own_hosts() {
        let aws = Aws::load(AwsOptions::default(), Clock::new(|_| {})).expect("loads");
        for (region, iam, sts) in [
            (
                "eu-west-1",
                "https://iam.amazonaws.com us-east-1",
                "https://sts.eu-west-1.amazonaws.com",
            ),
            (
                "cn-northwest-1",
                "https://iam.cn-north-1.amazonaws.com.cn cn-north-1",
                "https://sts.cn-northwest-1.amazonaws.com.cn",
            ),
            (
                "us-gov-east-1",
                "https://iam.us-gov.amazonaws.com us-gov-west-1",
                "https://sts.us-gov-east-1.amazonaws.com",
            ),
            (
                "eusc-de-east-1",
                "https://iam.eusc-de-east-1.amazonaws.eu eusc-de-east-1",
                "https://sts.eusc-de-east-1.amazonaws.eu",
            ),
        ] {
            let region: Region = region.parse().expect("a Region");
            let (endpoint, signing) = aws.query_endpoint(QueryService::Iam, &region);
            assert_eq!(format!("{endpoint} {signing}"), iam);
            let (endpoint, signing) = aws.query_endpoint(QueryService::Sts, &region);
            assert_eq!((endpoint.as_str(), signing), (sts, region));
        }
    }

    #[test]
    fn no_secret_is_in_a_debug_text() {
        let key = AccessKey {
            id: "AKIAIOSFODNN7EXAMPLE".parse().expect("a key"),
            secret: crate::domain::Secret::new("canary"),
        };
        assert!(!format!("{:?}", Signer::Key(key)).contains("canary"));
    }
}
