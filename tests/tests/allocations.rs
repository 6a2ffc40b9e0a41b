//! The accept path of the gate allocates nothing for a header HMAC over the body: what it costs is the HMAC.

use conformance::case::ours;
use conformance::source::keyring;
use conformance::stage::provider;
use doorbell_core::verify::Signer;
use doorbell_core::{Delivery, Timestamp, verify};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_790_000_000);

#[test]
fn the_gate_allocates_nothing_for_a_github_delivery() {
    let scheme = &provider("github").scheme;
    let keys = keyring(scheme, &["a secret of the test"]).unwrap();
    let cases = ours().into_iter().flat_map(|file| file.cases);
    let mut bodies = 0;
    for case in cases.filter(|case| case.name.starts_with("github/")) {
        let request = case.request();
        let mut head = request.head(NOW);
        scheme.sign(&mut head, &request.body, Signer::Shared(&keys), NOW).unwrap();
        let delivery = Delivery::new(head, request.body.clone());
        let mut verified = None;
        let counted =
            allocation_counter::measure(|| verified = verify::verify(delivery, scheme, Some(&keys), NOW).ok());
        assert!(verified.is_some(), "{}", case.name);
        assert_eq!(
            counted.count_total, 0,
            "{}: {} bytes in {} allocations",
            case.name, counted.bytes_total, counted.count_total
        );
        bodies += 1;
    }
    assert!(bodies > 10, "{bodies}");
    // The counter counts: else nothing above could fail.
    assert_eq!(allocation_counter::measure(|| drop(std::hint::black_box(vec![0_u8; 16]))).count_total, 1);
}
