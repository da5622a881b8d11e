//! EC2 without its SDK crate.
//!
//! Six reads of the same form are needed. aws-sdk-ec2 costs 231 s of CPU and 7.4 GB of memory to
//! compile in debug (582 s and 8.7 GB for release), which many laptops do not have. So we speak
//! EC2's Query protocol through [`Service`]: a form goes out, XML comes back.

mod shapes;

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
};
use aws_smithy_types::{body::SdkBody, error::metadata::ErrorMetadata};
use scan::{Kind, Place, PortError};
use serde::de::DeserializeOwned;

use crate::{
    cloud::{Cloud, Purpose},
    failure::{port_error, refuse},
    service::{Name, Service, ServiceError},
};
pub(crate) use shapes::{
    Endpoint, FlowLog, NatGateway, Permission, Resource, RouteTable, SecurityGroup, Subnet,
};

const NAME: Name = Name { id: "EC2", host: "ec2" };

/// Reads of EC2 in one place.
#[derive(Debug)]
pub(crate) struct Ec2 {
    service: Service,
    /// What errors are about.
    subject: String,
}

/// `Filter.N`: a name and the values of which one must match. EC2 takes up to 200 values.
pub(crate) type Filter<'a> = (&'a str, Vec<&'a str>);

impl Ec2 {
    /// Sends nothing.
    ///
    /// # Errors
    /// The account cannot be entered.
    pub(crate) async fn new(cloud: &Cloud, place: &Place) -> Result<Self, PortError> {
        let service = Service::new(cloud, place, Purpose::Read, NAME).await?;
        Ok(Self { service, subject: place.to_string() })
    }

    /// Every `T` that passes `filters`, from as many pages as there are.
    ///
    /// # Errors
    /// One page could not be read.
    pub(crate) async fn describe<T: Resource>(
        &self,
        filters: &[Filter<'_>],
    ) -> Result<Vec<T>, PortError> {
        let subject = &self.subject;
        let operation = self.service.operation(action::<T>(), request, response);
        let mut found = Vec::new();
        let mut token = None;
        loop {
            let body = form::<T>(filters, token.as_deref());
            let answer = operation.invoke(body).await;
            let xml = answer.map_err(|error| port_error(T::OPERATION, subject, error))?;
            let page: shapes::Page<T> = read_xml(&xml).map_err(|error| {
                refuse(T::OPERATION, subject, Kind::Failed, format!("unreadable answer: {error}"))
            })?;
            found.extend(page.set.item);
            match page.next_token.filter(|next| !next.is_empty()) {
                // A token that stays the same would be asked for ever.
                Some(next) if token.as_ref() == Some(&next) => {
                    let reason = "the same page was offered twice";
                    return Err(refuse(T::OPERATION, subject, Kind::Failed, reason));
                }
                Some(next) => token = Some(next),
                None => return Ok(found),
            }
        }
    }
}

/// `DescribeSubnets`
fn action<T: Resource>() -> &'static str {
    T::OPERATION.trim_start_matches("ec2:")
}

/// The body of a request, in the form that HTML forms have.
fn form<T: Resource>(filters: &[Filter<'_>], token: Option<&str>) -> String {
    let action = action::<T>();
    let mut body = format!("Action={action}&Version=2016-11-15&MaxResults={}", T::PAGE);
    for (index, (name, values)) in (1..).zip(filters) {
        body.push_str(&format!("&Filter.{index}.Name={}", encode(name)));
        for (position, value) in (1..).zip(values) {
            body.push_str(&format!("&Filter.{index}.Value.{position}={}", encode(value)));
        }
    }
    if let Some(token) = token {
        body.push_str(&format!("&NextToken={}", encode(token)));
    }
    body
}

pub(crate) fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

pub(crate) fn request(body: String) -> Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST")?;
    request.set_uri("/")?;
    let headers = request.headers_mut();
    headers.try_insert("content-type", "application/x-www-form-urlencoded; charset=utf-8")?;
    headers.try_insert("user-agent", "lambda-warden")?;
    Ok(request)
}

fn response(response: &HttpResponse) -> Result<String, OrchestratorError<ServiceError>> {
    let body = response.body().bytes().unwrap_or_default();
    let text = std::str::from_utf8(body).map_err(OrchestratorError::other)?;
    if response.status().is_success() {
        return Ok(text.to_owned());
    }
    let error = read_xml::<shapes::ErrorAnswer>(text).unwrap_or_default().errors.error;
    let meta = ErrorMetadata::builder().code(error.code).message(error.message).build();
    Err(OrchestratorError::operation(ServiceError(meta)))
}

pub(crate) fn read_xml<T: DeserializeOwned>(text: &str) -> Result<T, quick_xml::DeError> {
    quick_xml::de::from_str(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_a_form() {
        let filters = [("vpc-id", vec!["vpc-1"]), ("group-id", vec!["sg-1", "sg-2"])];
        assert_eq!(
            form::<RouteTable>(&filters, Some("a+b/c=")),
            "Action=DescribeRouteTables&Version=2016-11-15&MaxResults=100\
             &Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1\
             &Filter.2.Name=group-id&Filter.2.Value.1=sg-1&Filter.2.Value.2=sg-2\
             &NextToken=a%2Bb%2Fc%3D"
        );
    }
}
