//! What invokes the Lambda function: the front doors' events and the services' batches. Whatever is no request is told
//! apart from one, nothing of a record is lost, and no body is longer than its limit.
#![no_main]

use doorbell_lambda::event::Occasion;
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

const LIMIT: usize = 1 << 10;

fuzz_target!(|data: &[u8]| {
    let Ok(event) = serde_json::from_slice::<&RawValue>(data) else { return };
    match Occasion::recognise(event) {
        Ok(Occasion::Request(knock)) => {
            let Ok(request) = knock.read() else { return };
            if let Ok(body) = request.body.decode(LIMIT) {
                assert!(body.len() <= LIMIT);
            }
        }
        Ok(Occasion::Batch(batch)) => {
            assert!(!batch.records.is_empty());
            for record in batch.records {
                let record = record.body();
                assert!(data.windows(record.len()).any(|window| window == record), "a record is not as it came");
            }
        }
        Err(unknown) => assert!(unknown.keys().len() <= 16),
    }
});
