//! Pages of Parquet files that may be damaged. A dictionary is given the room that the head of its
//! page says before it is read, so that is compared with what the page holds.

use super::damage::Bounded;
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{
            ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, RowGroups,
        },
        parquet_to_arrow_field_levels,
    },
    column::page::{Page, PageIterator, PageMetadata, PageReader},
    errors::{ParquetError, Result},
    file::{
        metadata::{ParquetMetaData, RowGroupMetaData},
        reader::FileReader,
        serialized_reader::SerializedFileReader,
    },
};
use std::sync::Arc;

/// Opens a reader of all columns, with the number of rows that the file says it has.
pub(super) fn reader(file: Bounded, batch: usize) -> Result<(ParquetRecordBatchReader, u64)> {
    let file: Arc<dyn FileReader> = Arc::new(SerializedFileReader::new(file)?);
    let metadata = Arc::new(file.metadata().clone());
    let options = ArrowReaderOptions::default();
    let schema = ArrowReaderMetadata::try_new(Arc::clone(&metadata), options)?.schema().clone();
    let described = metadata.file_metadata().schema_descr();
    let all = ProjectionMask::all();
    let levels = parquet_to_arrow_field_levels(described, all, Some(schema.fields()))?;
    let rows = metadata.file_metadata().num_rows().max(0) as u64;
    let groups = Groups(file);
    Ok((ParquetRecordBatchReader::try_new_with_row_groups(&levels, &groups, batch, None)?, rows))
}

/// A file whose pages are looked at before they are decoded.
struct Groups(Arc<dyn FileReader>);

impl RowGroups for Groups {
    fn num_rows(&self) -> usize {
        self.0.num_rows()
    }

    fn column_chunks(&self, column: usize) -> Result<Box<dyn PageIterator>> {
        Ok(Box::new(Chunks(self.0.column_chunks(column)?)))
    }

    fn row_groups(&self) -> Box<dyn Iterator<Item = &RowGroupMetaData> + '_> {
        self.0.row_groups()
    }

    fn metadata(&self) -> &ParquetMetaData {
        FileReader::metadata(&*self.0)
    }
}

/// The chunks of a column.
struct Chunks(Box<dyn PageIterator>);

impl Iterator for Chunks {
    type Item = Result<Box<dyn PageReader>>;

    fn next(&mut self) -> Option<Self::Item> {
        let pages = self.0.next()?;
        Some(pages.map(|pages| Box::new(Pages(pages)) as Box<dyn PageReader>))
    }
}

impl PageIterator for Chunks {}

/// The pages of a chunk.
struct Pages(Box<dyn PageReader>);

impl Iterator for Pages {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = self.0.get_next_page()?;
        match &page {
            // Every value takes a byte at least.
            Some(Page::DictionaryPage { buf, num_values, .. })
                if *num_values as usize > buf.len() =>
            {
                let (values, bytes) = (num_values, buf.len());
                let why = format!("a dictionary of {values} values in {bytes} bytes");
                Err(ParquetError::General(why))
            }
            _ => Ok(page),
        }
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.0.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.0.skip_next_page()
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.0.at_record_boundary()
    }
}
