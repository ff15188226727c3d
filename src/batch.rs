//! Batches: many names or tokens at once, so that the lanes of the block cipher are full.

use crate::cipher::{Cipher, ContextKey};
use crate::error::{BatchError, Error};
use crate::gcm_siv::is_authentic;
use crate::group::Group;
use crate::name::EventName;
use crate::padding::{Bucket, pad, unpad};
use crate::token::{Format, MAX_BYTES, Sealed, Token, decode};
use crate::wipe::wipe_dead_stack;
use alloc::vec::Vec;

impl Cipher {
    /// Encrypts names in order, all or nothing.
    ///
    /// # Errors
    /// [`Error::BadName`] with the position of the first text that is no name.
    ///
    /// # Example: a batch gives the same tokens as single calls
    /// ```
    /// use blindtally::{Context, EventName, Keyset};
    ///
    /// let cipher = Keyset::generate()?.cipher(&Context::default());
    /// let tokens = cipher.encrypt_all(["a", "b", "a"])?;
    /// assert_eq!(tokens[0], cipher.encrypt(&EventName::parse("a")?));
    /// assert_eq!(tokens[0], tokens[2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn encrypt_all<S: AsRef<str>>(
        &self,
        names: impl IntoIterator<Item = S>,
    ) -> Result<Vec<Token>, BatchError> {
        let mut tokens = Vec::new();
        encrypt_each(self.primary(), names, |sealed| tokens.push(Token::new(&sealed)))?;
        Ok(tokens)
    }

    /// Decrypts tokens in order, all or nothing.
    ///
    /// # Errors
    /// As [`Token::parse`] and [`Cipher::decrypt`], with the position of the first token refused.
    pub fn decrypt_all<S: AsRef<str>>(
        &self,
        tokens: impl IntoIterator<Item = S>,
    ) -> Result<Vec<EventName>, BatchError> {
        let mut names = Vec::new();
        self.decrypt_each(tokens.into_iter().map(|token| (token, ())), |name, ()| {
            names.push(EventName::parse(name?)?);
            Ok(())
        })?;
        Ok(names)
    }

    /// Re-encrypts tokens under the primary key, in order, all or nothing. A token that is under the primary key already
    /// comes back as it is. No name leaves the call.
    ///
    /// # Errors
    /// As [`Cipher::decrypt_all`].
    ///
    /// # Example: old tokens become new ones
    /// ```
    /// use blindtally::{Context, Keyset, Timestamp};
    ///
    /// let mut keyset = Keyset::generate()?;
    /// let old = keyset.cipher(&Context::default()).encrypt_all(["a", "b"])?;
    /// keyset.rotate(Timestamp::UNKNOWN)?;
    /// let cipher = keyset.cipher(&Context::default());
    /// let new = cipher.rewrap_all(old.iter().map(ToString::to_string))?;
    /// assert_eq!(new, cipher.encrypt_all(["a", "b"])?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rewrap_all<S: AsRef<str>>(
        &self,
        tokens: impl IntoIterator<Item = S>,
    ) -> Result<Vec<Token>, BatchError> {
        let mut rewrapped = Vec::new();
        let mut token = |sealed: Sealed<'_>| rewrapped.push(Token::new(&sealed));
        let mut writer = Writer::new(self.primary(), &mut token);
        self.decrypt_each(tokens.into_iter().map(|token| (token, ())), |name, ()| writer.add(name?))?;
        writer.finish();
        Ok(rewrapped)
    }

    /// Decrypts tokens and hands out, in order, each name or why there is none, with what came beside the token.
    /// What the receiver refuses ends it.
    pub(crate) fn decrypt_each<S: AsRef<str>, T: Copy>(
        &self,
        rows: impl IntoIterator<Item = (S, T)>,
        mut name: impl FnMut(Result<&str, Error>, T) -> Result<(), Error>,
    ) -> Result<(), BatchError> {
        let mut window = Window::new(self);
        let opened = rows.into_iter().try_for_each(|(token, beside)| {
            if !window.add(token.as_ref(), beside) {
                window.open(&mut name)?;
                window.add(token.as_ref(), beside);
            }
            Ok(())
        });
        let opened = opened.and_then(|()| window.open(&mut name));
        drop(window);
        wipe_dead_stack();
        opened
    }
}

/// Encrypts names in order under one key, and hands out what each token is made of.
pub(crate) fn encrypt_each<S: AsRef<str>>(
    key: &ContextKey,
    names: impl IntoIterator<Item = S>,
    mut token: impl FnMut(Sealed<'_>),
) -> Result<(), BatchError> {
    let mut writer = Writer::new(key, &mut token);
    for (index, name) in names.into_iter().enumerate() {
        writer.add(name.as_ref()).map_err(|error| BatchError::new(index, error))?;
    }
    writer.finish();
    Ok(())
}

/// Encrypts names a group at a time, under one key. What is left in it is wiped on drop.
pub(crate) struct Writer<'a, F> {
    key: &'a ContextKey,
    group: Group,
    token: &'a mut F,
}

impl<'a, F: FnMut(Sealed<'_>)> Writer<'a, F> {
    pub(crate) fn new(key: &'a ContextKey, token: &'a mut F) -> Self {
        Self { key, group: Group::new(), token }
    }

    /// Takes one more name.
    ///
    /// # Errors
    /// [`Error::BadName`]
    pub(crate) fn add(&mut self, name: &str) -> Result<(), Error> {
        let bucket = Bucket::of(name)?;
        if !self.group.has_room(bucket.bytes()) {
            self.key.seal_group(&mut self.group, self.token);
        }
        if let Some((text, _)) = self.group.add(bucket.bytes()) {
            pad(name, text);
        }
        Ok(())
    }

    /// Encrypts what is left.
    pub(crate) fn finish(mut self) {
        self.key.seal_group(&mut self.group, self.token);
    }
}

impl<F> Drop for Writer<'_, F> {
    fn drop(&mut self) {
        self.group.clear();
        wipe_dead_stack();
    }
}

/// The next tokens in order, under whichever keys. Each key has a group of its own, so that a result map which
/// mixes the tokens of two keys still fills the lanes of each.
struct Window<'a, T> {
    cipher: &'a Cipher,
    /// For each token, which key it is under, or why it cannot be read; and what came beside it.
    rows: Vec<(Result<usize, Error>, T)>,
    /// By the position of the key, made when the first of its tokens is seen.
    groups: Vec<Option<Group>>,
    rows_before: usize,
}

impl<'a, T> Window<'a, T> {
    /// A limit for rows that fill no group, such as those of unknown keys.
    const ROWS: usize = 256;

    fn new(cipher: &'a Cipher) -> Self {
        let groups = (0..cipher.enabled()).map(|_| None).collect();
        Self { cipher, rows: Vec::with_capacity(Self::ROWS), groups, rows_before: 0 }
    }

    /// Takes a token, unless there is no room: [`Window::open`] and call again.
    fn add(&mut self, token: &str, beside: T) -> bool {
        if self.rows.len() == Self::ROWS {
            return false;
        }
        let mut buffer = [0; MAX_BYTES];
        let decoded = decode(token, Format::Deterministic, &mut buffer)
            .and_then(|sealed| Ok((self.cipher.position(sealed.key_id)?, sealed)));
        let row = match decoded {
            Ok((position, sealed)) => {
                let group = self.groups.get_mut(position).map(|group| group.get_or_insert_with(Group::new));
                let Some((text, tag)) = group.and_then(|group| group.add(sealed.ciphertext.len())) else {
                    return false;
                };
                text.copy_from_slice(sealed.ciphertext);
                tag.copy_from_slice(sealed.tag);
                Ok(position)
            }
            Err(error) => Err(error),
        };
        self.rows.push((row, beside));
        true
    }

    /// Decrypts what was taken and hands it out.
    fn open(
        &mut self,
        name: &mut impl FnMut(Result<&str, Error>, T) -> Result<(), Error>,
    ) -> Result<(), BatchError> {
        for (position, group) in self.groups.iter_mut().enumerate() {
            if let (Some(group), Ok(key)) = (group, self.cipher.key(position)) {
                key.open_group(group);
            }
        }
        for (index, (row, beside)) in (self.rows_before..).zip(self.rows.drain(..)) {
            let opened = row.and_then(|position| {
                let group = self.groups.get_mut(position).and_then(Option::as_mut);
                match group.and_then(Group::read) {
                    Some((text, tag)) if is_authentic(tag) => unpad(text),
                    // One answer for every failure of authentication.
                    _ => Err(Error::BadToken),
                }
            });
            name(opened, beside).map_err(|error| BatchError::new(index, error))?;
            self.rows_before = index + 1;
        }
        self.groups.iter_mut().flatten().for_each(Group::clear);
        Ok(())
    }
}
