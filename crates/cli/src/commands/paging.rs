//! Lists that come in pages.

use crate::failure::Failure;

/// Most that a platform answers at once.
const PAGE: usize = 100;

/// How much of a list is wanted.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// How many to list at most
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
}

impl Wanted {
    /// Page after page, each of as many as are still wanted, until there is enough or no more; what comes after the last one, too.
    pub(crate) async fn collect<T, N>(
        self,
        mut page: impl AsyncFnMut(Option<N>, usize) -> Result<(Vec<T>, Option<N>), Failure>,
    ) -> Result<(Vec<T>, Option<N>), Failure> {
        let most = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let (items, next) = page(after, (most - all.len()).min(PAGE)).await?;
            all.extend(items);
            if next.is_none() || all.len() >= most {
                return Ok((all, next));
            }
            after = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pages_are_read_until_there_is_enough() {
        let of = |limit| async move {
            let mut asked = Vec::new();
            let page = async |after: Option<u32>, limit| {
                asked.push((after, limit));
                let from = after.unwrap_or(0);
                let to = (from + u32::try_from(limit).unwrap()).min(300);
                Ok(((from..to).collect(), (to < 300).then_some(to)))
            };
            let (items, next) = Wanted { limit }.collect(page).await.unwrap();
            (items.len(), next, asked)
        };
        assert_eq!(of(1_000).await, (300, None, vec![(None, 100), (Some(100), 100), (Some(200), 100)]));
        assert_eq!(of(150).await, (150, Some(150), vec![(None, 100), (Some(100), 50)]));
    }
}
