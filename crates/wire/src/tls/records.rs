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

/// An algorithm, and how much of its nonce a record of TLS 1.2 sends in front, in bytes.
pub(super) struct Aead {
    algorithm: &'static Algorithm,
    sent: usize,
}

impl Aead {
    /// The nonce of a record follows from its number.
    pub(super) const fn implicit(algorithm: &'static Algorithm) -> Self {
        Self { algorithm, sent: 0 }
    }

    /// Part of the nonce of a record stands in front of it.
    pub(super) const fn explicit(algorithm: &'static Algorithm) -> Self {
        Self { algorithm, sent: 8 }
    }

    fn key(&self, key: &AeadKey) -> Key {
        Key::new(self.algorithm, key)
    }

    fn direction(&self, key: AeadKey, iv: &[u8], sent: &[u8]) -> Tls12 {
        Tls12 {
            key: self.key(&key),
            iv: joined(iv, sent),
            sent: self.sent,
        }
    }
}

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

impl Tls13AeadAlgorithm for Aead {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(Tls13(self.key(&key), iv))
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        Box::new(Tls13(self.key(&key), iv))
    }

    fn key_len(&self) -> usize {
        self.algorithm.key_len()
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

/// One direction of a connection in TLS 1.2.
struct Tls12 {
    key: Key,
    iv: Iv,
    /// How much of its nonce a record sends, in bytes.
    sent: usize,
}

impl Tls12AeadAlgorithm for Aead {
    fn encrypter(&self, key: AeadKey, iv: &[u8], sent: &[u8]) -> Box<dyn MessageEncrypter> {
        // Empty where a record sends none.
        Box::new(self.direction(key, iv, sent))
    }

    fn decrypter(&self, key: AeadKey, iv: &[u8]) -> Box<dyn MessageDecrypter> {
        Box::new(self.direction(key, iv, &[]))
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        KeyBlockShape {
            enc_key_len: self.algorithm.key_len(),
            fixed_iv_len: NONCE_LEN - self.sent,
            explicit_nonce_len: self.sent,
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

impl MessageEncrypter for Tls12 {
    fn encrypt(
        &mut self,
        message: OutboundPlainMessage<'_>,
        number: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let plain = message.payload.len();
        let mut payload = PrefixedPayload::with_capacity(self.encrypted_payload_len(plain));
        let nonce = cipher::Nonce::new(&self.iv, number).0;
        payload.extend_from_slice(&nonce[NONCE_LEN - self.sent..]);
        payload.extend_from_chunks(&message.payload);
        let aad = make_tls12_aad(number, message.typ, message.version, plain);
        self.key.seal(nonce, &aad, &mut payload, self.sent)?;
        Ok(OutboundOpaqueMessage::new(
            message.typ,
            message.version,
            payload,
        ))
    }

    fn encrypted_payload_len(&self, length: usize) -> usize {
        self.sent + length + self.key.tag_len()
    }
}

impl MessageDecrypter for Tls12 {
    fn decrypt<'a>(
        &mut self,
        mut message: InboundOpaqueMessage<'a>,
        number: u64,
    ) -> Result<InboundPlainMessage<'a>, Error> {
        let overhead = self.sent + self.key.tag_len();
        let plain = message
            .payload
            .len()
            .checked_sub(overhead)
            .ok_or(Error::DecryptError)?;
        let mut nonce = cipher::Nonce::new(&self.iv, number).0;
        // The number changes the last eight bytes: all that is sent, where any is.
        nonce[NONCE_LEN - self.sent..].copy_from_slice(&message.payload[..self.sent]);
        let aad = make_tls12_aad(number, message.typ, message.version, plain);
        let length = self
            .key
            .open(nonce, &aad, &mut message.payload, self.sent)?;
        if length > LONGEST {
            return Err(Error::PeerSentOversizedRecord);
        }
        message.payload.truncate(length);
        Ok(message.into_plain_message())
    }
}

/// A vector of two parts.
fn joined(fixed: &[u8], sent: &[u8]) -> Iv {
    let mut iv = [0; NONCE_LEN];
    iv.iter_mut()
        .zip(fixed.iter().chain(sent))
        .for_each(|(to, byte)| *to = *byte);
    Iv::from(iv)
}
