//! Batches: many names or tokens at once, so that the lanes of the block cipher are full.

use crate::cipher::Cipher;
use crate::error::{BatchError, Error};
use crate::gcm_siv::is_authentic;
use crate::group::Group;
use crate::name::EventName;
use crate::padding::{Bucket, pad, unpad};
use crate::token::{MAX_BYTES, Sealed, Token, decode};
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
        self.encrypt_each(names, |sealed| tokens.push(Token::new(&sealed)))?;
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

    /// Encrypts names in order and hands out what each token is made of, a group at a time.
    pub(crate) fn encrypt_each<S: AsRef<str>>(
        &self,
        names: impl IntoIterator<Item = S>,
        mut token: impl FnMut(Sealed<'_>),
    ) -> Result<(), BatchError> {
        let mut group = Group::new();
        let mut add = |name: &str| {
            let bucket = Bucket::of(name)?;
            if !group.has_room(bucket.bytes()) {
                self.primary().seal_group(&mut group, &mut token);
            }
            if let Some((text, _)) = group.add(bucket.bytes()) {
                pad(name, text);
            }
            Ok(())
        };
        let mut names = names.into_iter().enumerate();
        let added = names.try_for_each(|(index, name)| add(name.as_ref()).map_err(|e| BatchError::new(index, e)));
        if added.is_ok() {
            self.primary().seal_group(&mut group, &mut token);
        }
        drop(group);
        wipe_dead_stack();
        added
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
        let decoded =
            decode(token, &mut buffer).and_then(|sealed| Ok((self.cipher.position(sealed.key_id)?, sealed)));
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
