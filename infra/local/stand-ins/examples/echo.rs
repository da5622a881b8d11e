//! A bootstrap without any runtime library, which does what its event says. For the tests.
//!
//! `{"env": NAME}` answers with a variable, `{"print": TEXT}` writes to both streams, `{"fail": TEXT}`
//! fails, `{"exit": CODE}` ends, `{"hang": true}` never answers; anything else comes back. With the
//! variable `REFUSE` set it reports an initialisation error.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let api = std::env::var("AWS_LAMBDA_RUNTIME_API")?;
    if std::env::var_os("REFUSE").is_some() {
        post(&api, "init/error", &json!({"errorType": "Config", "errorMessage": "no baseline"}))?;
        std::process::exit(1);
    }
    loop {
        let (id, event) = call(&api, "GET", "invocation/next", "")?;
        let event: Value = serde_json::from_str(&event)?;
        let answer = match event.as_object().and_then(|map| map.iter().next()) {
            Some((word, value)) if word == "env" => {
                json!(std::env::var(value.as_str().unwrap_or_default()).ok())
            }
            Some((word, value)) if word == "print" => {
                println!("out {value}");
                eprintln!("err {value}");
                Value::Null
            }
            Some((word, value)) if word == "fail" => {
                let body = json!({"errorType": "Throttled", "errorMessage": value});
                post(&api, &format!("invocation/{id}/error"), &body)?;
                continue;
            }
            Some((word, code)) if word == "exit" => {
                std::process::exit(i32::try_from(code.as_i64().unwrap_or_default())?)
            }
            Some((word, _)) if word == "hang" => loop {
                std::thread::park();
            },
            _ => event,
        };
        post(&api, &format!("invocation/{id}/response"), &answer)?;
    }
}

fn post(api: &str, path: &str, body: &Value) -> Result<(), Box<dyn Error>> {
    call(api, "POST", path, &body.to_string()).map(|_| ())
}

/// One request on a connection of its own: the request id in the answer's headers, and the body.
fn call(api: &str, way: &str, path: &str, body: &str) -> Result<(String, String), Box<dyn Error>> {
    let mut stream = TcpStream::connect(api)?;
    write!(
        stream,
        "{way} /2018-06-01/runtime/{path} HTTP/1.1\r\nhost: {api}\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut reader = BufReader::new(stream);
    let (mut id, mut line) = (String::new(), String::new());
    while reader.read_line(&mut line)? > 2 {
        if let Some(value) = line.strip_prefix("lambda-runtime-aws-request-id: ") {
            value.trim().clone_into(&mut id);
        }
        line.clear();
    }
    let mut body = String::new();
    reader.read_to_string(&mut body)?;
    Ok((id, body))
}
