//! Result maps (SPEC.md, section 7): what the vendor counted, read back under the names.

use alloc::vec::Vec;
use std::collections::HashMap;

use crate::cipher::Cipher;
use crate::error::{BatchError, Error};
use crate::name::EventName;

/// A count as a vendor reports it: a whole number from 0 to 2^53 - 1, which every JSON reader keeps exactly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Count(u64);

impl Count {
    /// The largest count, 2^53 - 1.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// Takes a count.
    ///
    /// # Errors
    /// [`Error::BadCount`] above [`Count::MAX`].
    pub const fn new(count: u64) -> Result<Self, Error> {
        if count > Self::MAX.0 { Err(Error::BadCount) } else { Ok(Self(count)) }
    }

    /// The count as a number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Adds two counts.
    ///
    /// # Errors
    /// [`Error::CountOverflow`] if the sum is above [`Count::MAX`].
    pub const fn add(self, other: Self) -> Result<Self, Error> {
        // Two numbers below 2^53 add up to less than 2^64.
        match Self::new(self.0 + other.0) {
            Ok(sum) => Ok(sum),
            Err(_) => Err(Error::CountOverflow),
        }
    }
}

impl TryFrom<u64> for Count {
    type Error = Error;

    fn try_from(count: u64) -> Result<Self, Error> {
        Self::new(count)
    }
}

impl TryFrom<f64> for Count {
    type Error = Error;

    /// Takes a JavaScript number.
    ///
    /// # Errors
    /// [`Error::BadCount`] for NaN, infinities, negative, fractional and unsafe numbers.
    fn try_from(count: f64) -> Result<Self, Error> {
        // 2^53, the first number that is not safe. The comparison is false for NaN.
        const LIMIT: f64 = 9_007_199_254_740_992.0;
        if !(0.0..LIMIT).contains(&count) || count.fract() != 0.0 {
            return Err(Error::BadCount);
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to be whole and in range"
        )]
        Ok(Self(count as u64))
    }
}

/// What a result map says, split into what could be read and what could not. No row is dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Results {
    /// The count of each name, in the order in which names first appear. Counts of one name under several
    /// keys are added.
    pub counts: Vec<(EventName, Count)>,
    /// The rows that could not be read, in their order.
    pub unreadable: Vec<UnreadableRow>,
}

impl Results {
    /// The count of one name; zero if it is not there.
    #[must_use]
    pub fn count(&self, name: &EventName) -> Count {
        self.counts.iter().find(|(found, _)| found == name).map_or_else(Count::default, |(_, count)| *count)
    }
}

/// A row of a result map that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnreadableRow {
    /// Position of the row, counted from 0. The text of the row stays with the caller: where it is no token
    /// it may be a name in clear, which must not be passed on by accident.
    pub index: usize,
    /// Its count.
    pub count: Count,
    /// Why: [`Error::UnknownKey`], [`Error::DisabledKey`], [`Error::DestroyedKey`], [`Error::BadToken`] or
    /// [`Error::NotAToken`].
    pub reason: Error,
}

impl Cipher {
    /// Decrypts the tokens of a result map and adds up the counts of each name.
    ///
    /// Rows that cannot be read are reported beside the counts, never dropped and never shown as a name.
    ///
    /// # Errors
    /// [`Error::BadCount`] for a count above 2^53 - 1 and [`Error::CountOverflow`] for a sum above it, with
    /// the position of the row. Nothing is returned then: a wrong total is worse than none.
    ///
    /// # Example: tokens of an old and a new key count as one name
    /// ```
    /// use blindtally::{Context, EventName, Keyset};
    ///
    /// let mut keyset = Keyset::generate()?;
    /// let name = EventName::parse("medication.missed")?;
    /// let old = keyset.cipher(&Context::default()).encrypt(&name).to_string();
    /// let second = keyset.generate_key()?;
    /// keyset.promote(second)?;
    /// let cipher = keyset.cipher(&Context::default());
    /// let new = cipher.encrypt(&name).to_string();
    ///
    /// let results = cipher.decrypt_results([(old.as_str(), 3), (new.as_str(), 2), ("in-clear", 1)])?;
    /// assert_eq!(results.count(&name).get(), 5);
    /// assert_eq!(results.unreadable[0].reason.code(), "not-a-token");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decrypt_results<S: AsRef<str>>(
        &self,
        rows: impl IntoIterator<Item = (S, u64)>,
    ) -> Result<Results, BatchError> {
        let mut results = Results::default();
        let mut positions = HashMap::new();
        let rows = rows.into_iter().enumerate().map(|(index, (token, count))| (token, (index, count)));
        self.decrypt_each(rows, |name, (index, count)| {
            let count = Count::new(count)?;
            match name {
                Ok(name) => results.add(&mut positions, name, count)?,
                Err(reason) => results.unreadable.push(UnreadableRow { index, count, reason }),
            }
            Ok(())
        })?;
        Ok(results)
    }
}

impl Results {
    fn add(&mut self, positions: &mut HashMap<EventName, usize>, name: &str, count: Count) -> Result<(), Error> {
        let found = positions.get(name).and_then(|&position| self.counts.get_mut(position));
        if let Some((_, sum)) = found {
            *sum = sum.add(count)?;
        } else {
            let name = EventName::parse(name)?;
            positions.insert(name.clone(), self.counts.len());
            self.counts.push((name, count));
        }
        Ok(())
    }
}
