//! How the records of a connection are sealed and opened.
//!
//! There are two ways to a record's nonce. TLS 1.3, and ChaCha20-Poly1305 in TLS 1.2, derive it from the number of the record.
//! AES-GCM in TLS 1.2 sends eight bytes of it in front of the record.

use ring::aead::{Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};
use rustls::crypto::cipher::{
    self, AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, KeyBlockShape, MessageDecrypter,
    MessageEncrypter, NONCE_LEN, OutboundOpaqueMessage, OutboundPlainMessage, PrefixedPayload,
    Tls12AeadAlgorithm, Tls13AeadAlgorithm, UnsupportedOperationError, make_tls12_aad,
    make_tls13_aad,
};
use rustls::{ConnectionTrafficSecrets, ContentType, Error, ProtocolVersion};

/// The longest plain text of a record, in bytes.
const LONGEST: usize = 1 << 14;

/// Of a nonce in TLS 1.2 with AES-GCM: what the key block has, and what each record sends.
const FIXED: usize = 4;
const SENT: usize = 8;

/// The nonce of a record follows from its number.
pub(super) struct Implicit(pub(super) &'static Algorithm);

/// The nonce of a record stands in front of it.
pub(super) struct Explicit(pub(super) &'static Algorithm);

/// A key whose length is that of its algorithm, as rustls sees to; with another, nothing is sealed or opened.
struct Key(Option<LessSafeKey>, &'static Algorithm);

impl Key {
    fn new(algorithm: &'static Algorithm, key: &AeadKey) -> Self {
        let key = UnboundKey::new(algorithm, key.as_ref()).map(LessSafeKey::new);
        Self(key.ok(), algorithm)
    }

    /// Seals what stands behind the first `skipped` bytes.
    fn seal(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        payload: &mut PrefixedPayload,
        skipped: usize,
    ) -> Result<(), Error> {
        let key = self.0.as_ref().ok_or(Error::EncryptError)?;
        let tag = key
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(aad),
                &mut payload.as_mut()[skipped..],
            )
            .map_err(|_| Error::EncryptError)?;
        payload.extend_from_slice(tag.as_ref());
        Ok(())
    }

    /// Opens what stands behind the first `skipped` bytes, moves it to the front, and says how long it is.
    fn open(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        payload: &mut [u8],
        skipped: usize,
    ) -> Result<usize, Error> {
        let key = self.0.as_ref().ok_or(Error::DecryptError)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        key.open_within(nonce, Aad::from(aad), payload, skipped..)
            .map(|plain| plain.len())
            .map_err(|_| Error::DecryptError)
    }

    fn tag_len(&self) -> usize {
        self.1.tag_len()
    }
}

struct Tls13(Key, Iv);

impl Tls13AeadAlgorithm for Implicit {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(Tls13(Key::new(self.0, &key), iv))
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        Box::new(Tls13(Key::new(self.0, &key), iv))
    }

    fn key_len(&self) -> usize {
        self.0.key_len()
    }

    fn extract_keys(
        &self,
        _key: AeadKey,
        _iv: Iv,
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Err(UnsupportedOperationError)
    }
}

impl MessageEncrypter for Tls13 {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        number: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let length = self.encrypted_payload_len(message.payload.len());
        let mut payload = PrefixedPayload::with_capacity(length);
        payload.extend_from_chunks(&message.payload);
        // The real type is sealed with the text.
        payload.extend_from_slice(&[u8::from(message.typ)]);
        let nonce = cipher::Nonce::new(&self.1, number).0;
        self.0
            .seal(nonce, &make_tls13_aad(length), &mut payload, 0)?;
        Ok(OutboundOpaqueMessage::new(
            ContentType::ApplicationData,
            ProtocolVersion::TLSv1_2,
            payload,
        ))
    }

    fn encrypted_payload_len(&self, length: usize) -> usize {
        length + 1 + self.0.tag_len()
    }
}

impl MessageDecrypter for Tls13 {
    fn decrypt<'a>(
        &mut self,
        mut message: InboundOpaqueMessage<'a>,
        number: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let nonce = cipher::Nonce::new(&self.1, number).0;
        let aad = make_tls13_aad(message.payload.len());
        let length = self.0.open(nonce, &aad, &mut message.payload, 0)?;
        message.payload.truncate(length);
        message.into_tls13_unpadded_message()
    }
}

struct Tls12Implicit(Key, Iv);

impl Tls12AeadAlgorithm for Implicit {
    fn encrypter(&self, key: AeadKey, iv: &[u8], _sent: &[u8]) -> Box<dyn MessageEncrypter> {
        Box::new(Tls12Implicit(Key::new(self.0, &key), joined(iv, &[])))
    }

    fn decrypter(&self, key: AeadKey, iv: &[u8]) -> Box<dyn MessageDecrypter> {
        Box::new(Tls12Implicit(Key::new(self.0, &key), joined(iv, &[])))
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        KeyBlockShape {
            enc_key_len: self.0.key_len(),
            fixed_iv_len: NONCE_LEN,
            explicit_nonce_len: 0,
        }
    }

    fn extract_keys(
        &self,
        _key: AeadKey,
        _iv: &[u8],
        _sent: &[u8],
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Err(UnsupportedOperationError)
    }
}

impl MessageEncrypter for Tls12Implicit {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        number: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let plain = message.payload.len();
        let mut payload = PrefixedPayload::with_capacity(self.encrypted_payload_len(plain));
        payload.extend_from_chunks(&message.payload);
        let nonce = cipher::Nonce::new(&self.1, number).0;
        let aad = make_tls12_aad(number, message.typ, message.version, plain);
        self.0.seal(nonce, &aad, &mut payload, 0)?;
        Ok(OutboundOpaqueMessage::new(
            message.typ,
            message.version,
            payload,
        ))
    }

    fn encrypted_payload_len(&self, length: usize) -> usize {
        length + self.0.tag_len()
    }
}

impl MessageDecrypter for Tls12Implicit {
    fn decrypt<'a>(
        &mut self,
        message: InboundOpaqueMessage<'a>,
        number: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let nonce = cipher::Nonce::new(&self.1, number).0;
        open_tls12(&self.0, message, number, nonce, 0)
    }
}

struct Sealing(Key, Iv);

struct Opening(Key, [u8; FIXED]);

impl Tls12AeadAlgorithm for Explicit {
    fn encrypter(&self, key: AeadKey, iv: &[u8], sent: &[u8]) -> Box<dyn MessageEncrypter> {
        Box::new(Sealing(Key::new(self.0, &key), joined(iv, sent)))
    }

    fn decrypter(&self, key: AeadKey, iv: &[u8]) -> Box<dyn MessageDecrypter> {
        let mut fixed = [0; FIXED];
        fixed.iter_mut().zip(iv).for_each(|(to, byte)| *to = *byte);
        Box::new(Opening(Key::new(self.0, &key), fixed))
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        KeyBlockShape {
            enc_key_len: self.0.key_len(),
            fixed_iv_len: FIXED,
            explicit_nonce_len: SENT,
        }
    }

    fn extract_keys(
        &self,
        _key: AeadKey,
        _iv: &[u8],
        _sent: &[u8],
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Err(UnsupportedOperationError)
    }
}

impl MessageEncrypter for Sealing {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        number: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let plain = message.payload.len();
        let mut payload = PrefixedPayload::with_capacity(self.encrypted_payload_len(plain));
        let nonce = cipher::Nonce::new(&self.1, number).0;
        payload.extend_from_slice(&nonce[FIXED..]);
        payload.extend_from_chunks(&message.payload);
        let aad = make_tls12_aad(number, message.typ, message.version, plain);
        self.0.seal(nonce, &aad, &mut payload, SENT)?;
        Ok(OutboundOpaqueMessage::new(
            message.typ,
            message.version,
            payload,
        ))
    }

    fn encrypted_payload_len(&self, length: usize) -> usize {
        SENT + length + self.0.tag_len()
    }
}

impl MessageDecrypter for Opening {
    fn decrypt<'a>(
        &mut self,
        message: InboundOpaqueMessage<'a>,
        number: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let sent = message.payload.get(..SENT).ok_or(Error::DecryptError)?;
        let mut nonce = [0; NONCE_LEN];
        nonce[..FIXED].copy_from_slice(&self.1);
        nonce[FIXED..].copy_from_slice(sent);
        open_tls12(&self.0, message, number, nonce, SENT)
    }
}

fn open_tls12<'a>(
    key: &Key,
    mut message: InboundOpaqueMessage<'a>,
    number: u64,
    nonce: [u8; NONCE_LEN],
    skipped: usize,
) -> Result<InboundPlainMessage<'a>, Error> {
    let overhead = skipped + key.tag_len();
    let plain = message
        .payload
        .len()
        .checked_sub(overhead)
        .ok_or(Error::DecryptError)?;
    let aad = make_tls12_aad(number, message.typ, message.version, plain);
    let length = key.open(nonce, &aad, &mut message.payload, skipped)?;
    if length > LONGEST {
        return Err(Error::PeerSentOversizedRecord);
    }
    message.payload.truncate(length);
    Ok(message.into_plain_message())
}

/// A vector of two parts.
fn joined(fixed: &[u8], sent: &[u8]) -> Iv {
    let mut iv = [0; NONCE_LEN];
    iv.iter_mut()
        .zip(fixed.iter().chain(sent))
        .for_each(|(to, byte)| *to = *byte);
    Iv::from(iv)
}
