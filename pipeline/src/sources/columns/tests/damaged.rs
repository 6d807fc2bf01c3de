//! Files that are damaged or break off.

use super::*;

fn two_trades() -> (RecordBatch, Vec<u8>) {
    let column = |name: &str, array: ArrayRef| (name.to_owned(), array);
    let batch = RecordBatch::try_from_iter([
        column("id", Arc::new(StringArray::from(vec!["8", "9"]))),
        column("price", Arc::new(Float64Array::from(vec![27000.1, 0.07]))),
        column("qty", Arc::new(StringArray::from(vec!["0.500", "1"]))),
        column("time", Arc::new(Int64Array::from(vec![1704067200000, 1704067200001]))),
        column("is_buyer_maker", Arc::new(BooleanArray::from(vec![false, true]))),
    ])
    .unwrap();
    let mut parquet = Vec::new();
    let mut writer =
        parquet::arrow::ArrowWriter::try_new(&mut parquet, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    (batch, parquet)
}

#[test]
fn a_damaged_parquet_or_feather_file_never_ends_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let (batch, parquet) = two_trades();
    let options = arrow_ipc::writer::IpcWriteOptions::default();
    let packed = options.try_with_compression(Some(arrow_ipc::CompressionType::LZ4_FRAME));
    let mut feather = Vec::new();
    let mut writer = arrow_ipc::writer::FileWriter::try_new_with_options(
        &mut feather,
        &batch.schema(),
        packed.unwrap(),
    )
    .unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    let layout = Layout::built_in("binance_trades").unwrap();
    for whole in [parquet, feather] {
        let rows = |bytes: &[u8]| {
            let path = file(&folder, "t.any", bytes);
            let rows = read(&layout, std::slice::from_ref(&path));
            // What is written over a file goes to the disk at once, what is new later or never.
            std::fs::remove_file(path).unwrap();
            rows
        };
        assert_eq!(rows(&whole).unwrap().len(), 2);
        let mut errors = 0;
        for at in 6..whole.len() {
            for byte in [0, 1, 0x7f, 0x80, 0xff] {
                let mut damaged = whole.clone();
                damaged[at] = byte;
                errors += usize::from(rows(&damaged).is_err());
            }
            errors += usize::from(rows(&whole[..at]).is_err());
        }
        assert!(errors > whole.len(), "{errors} of {}", whole.len());
    }
}

#[test]
fn values_that_a_page_only_says_it_has_are_not_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let endless = include_bytes!("../../../../../tests/fuzz/corpus/columns_bytes/endless_head");
    let layout = Layout::built_in("binance_trades").unwrap();
    let error = read(&layout, &[file(&folder, "t.parquet", endless)]).unwrap_err().to_string();
    assert!(error.contains("unexpected end of file"), "{error}");
}

#[test]
fn a_dictionary_that_cannot_be_as_large_as_it_says_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_, mut whole) = two_trades();
    // The head of the dictionary's page: two values, twice that as the format writes it.
    let at = whole.windows(3).position(|bytes| bytes == [0x4c, 0x15, 4]).unwrap();
    whole[at + 2] = 0x7e;
    let layout = Layout::built_in("binance_trades").unwrap();
    let error = read(&layout, &[file(&folder, "t.parquet", &whole)]).unwrap_err().to_string();
    assert!(error.contains("a dictionary of 63 values in 10 bytes"), "{error}");
}

#[test]
fn a_file_that_breaks_off_keeps_what_was_whole() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::built_in("binance_trades").unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for id in 0..5000_u64 {
        let time = 1_704_067_200_000 + id;
        writeln!(packed, "{id},{}.5,1,1,{time},true,true", 1 + id * 7919 % 10_007).unwrap();
    }
    let whole = packed.finish().unwrap();
    let path = file(&folder, "cut.csv.gz", &whole[..whole.len() / 2]);
    let rows = read(&layout, &[path]).unwrap();
    assert!(rows.len() > 1000 && rows.len() < 5000);
    assert!(rows.last().unwrap().contains("cut off or damaged"), "{:?}", rows.last());
}
