//! The HTTP client, and whose certificates it trusts.

use aws_smithy_http_client::{
    Builder, Connector,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};

/// Whose certificates are trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Roots {
    /// Every root of the machine, for laptops and build agents: endpoints there may sit behind a
    /// company's own certificate.
    #[default]
    System,
    /// The five roots of Amazon Trust Services, for Lambdas in the partitions `aws` and
    /// `aws-us-gov`. Reading a whole certificate directory would be the longest part of a cold
    /// start.
    Amazon,
}

/// Amazon Root CA 1 (to 2038-01-17), 2, 3 and 4 (to 2040-05-26) and Starfield Services Root
/// Certificate Authority - G2 (to 2037-12-31): what AWS asks clients to trust. The older
/// Starfield Class 2 root is left out, as certificate stores have dropped it.
///
/// Taken from the Python package certifi 2026.5.20, which repackages Mozilla's list.
/// Source: <https://www.amazontrust.com/repository/>
const AMAZON: &[u8] = include_bytes!("roots.pem");

/// One client for every service and place. It opens nothing and reads no certificate yet.
pub(crate) fn http_client(roots: Roots) -> SharedHttpClient {
    let builder = Builder::new().tls_provider(PROVIDER);
    match context(roots) {
        Some(context) => builder.tls_context(context).build_https(),
        None => builder.build_https(),
    }
}

/// Connections by themselves, for requests that are signed elsewhere. Reads the certificates.
pub(crate) fn connector(roots: Roots, settings: HttpConnectorSettings) -> SharedHttpConnector {
    let builder = Connector::builder().connector_settings(settings).tls_provider(PROVIDER);
    SharedHttpConnector::new(match context(roots) {
        Some(context) => builder.tls_context(context).build(),
        None => builder.build(),
    })
}

const PROVIDER: Provider = Provider::Rustls(CryptoMode::Ring);

/// `None` cannot happen: the builder's only check is of server names, and we add none.
fn context(roots: Roots) -> Option<TlsContext> {
    let trust = match roots {
        Roots::System => TrustStore::default(),
        Roots::Amazon => TrustStore::empty().with_pem_certificate(AMAZON),
    };
    TlsContext::builder().with_trust_store(trust).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundle_holds_five_certificates_and_nothing_else() {
        let text = std::str::from_utf8(AMAZON).unwrap();
        assert_eq!(text.matches("-----BEGIN CERTIFICATE-----").count(), 5);
        assert_eq!(text.matches("-----END CERTIFICATE-----").count(), 5);
        assert!(text.lines().all(|line| line.len() <= 64), "not PEM");
    }
}
