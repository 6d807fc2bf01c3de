use super::*;

/// Adds the mean of its batch to each row: what dynamic quantisation does, made large.
struct Mates;

impl ModelBackend for Mates {
    fn run(&mut self, inputs: &[Tensor]) -> Result<Vec<Tensor>, ModelError> {
        let Values::F32(v) = inputs[0].values() else { panic!("f32") };
        let mean = v.iter().sum::<f32>() / v.len() as f32;
        let out = v.iter().map(|x| x + mean).collect();
        Ok(vec![Tensor::new(inputs[0].shape().to_vec(), Values::F32(out))])
    }
}

fn column(v: &[f32]) -> Tensor {
    Tensor::new(vec![v.len(), 1], Values::F32(v.to_vec()))
}

#[test]
fn one_by_one_no_row_sees_another() {
    let mut model = Batched::new(Box::new(Mates), Batching::OneByOne);
    let out = model.run(&[column(&[1.0, 2.0, 3.0])]).unwrap();
    assert_eq!(out, vec![column(&[2.0, 4.0, 6.0])]);
    let mut together = Batched::new(Box::new(Mates), Batching::Together);
    assert_eq!(together.run(&[column(&[1.0, 3.0])]).unwrap(), vec![column(&[3.0, 5.0])]);
    together.limit(2);
    let out = together.run(&[column(&[1.0, 3.0, 5.0])]).unwrap();
    assert_eq!(out, vec![column(&[3.0, 5.0, 10.0])], "the last is given alone, and twice");
}

fn pairs(v: &[f32]) -> Tensor {
    Tensor::new(vec![v.len() / 2, 2], Values::F32(v.to_vec()))
}

#[test]
fn columns_are_scaled_in_the_type_of_the_input() {
    let mean = [1.0, 0.1];
    let scale = Scale::new(Element::F32, &mean, &[2.0, 0.3]).unwrap();
    let mut input = pairs(&[5.0, 0.7, -1.0, 0.1]);
    scale.apply(&mut input).unwrap();
    // Not the quotient of the 64-bit numbers, which rounds otherwise.
    let second = (0.7_f32 - 0.1_f32) / 0.3_f32;
    assert_ne!(second, ((0.7_f64 - 0.1) / 0.3) as f32);
    assert!(input.same_bits(&pairs(&[2.0, second, -1.0, 0.0])));
    let sequence = Tensor::new(vec![1, 2, 2], Values::F64(vec![5.0, 0.1, 3.0, 0.4]));
    let scale = Scale::new(Element::F64, &mean, &[2.0, 0.3]).unwrap();
    let mut wide = sequence.clone();
    scale.apply(&mut wide).unwrap();
    assert_eq!(wide.values(), &Values::F64(vec![2.0, 0.0, 1.0, (0.4 - 0.1) / 0.3]));
    assert!(scale.apply(&mut pairs(&[5.0, 0.7])).is_err(), "of another type");
    assert!(scale.apply(&mut column(&[5.0, 0.7])).is_err(), "of one column");
    assert!(scale.apply(&mut Tensor::new(vec![2], Values::F64(vec![5.0, 0.7]))).is_err());
}

#[test]
fn scalings_that_give_no_numbers_are_none() {
    let scale = |mean: &[f64], std: &[f64]| Scale::new(Element::F32, mean, std);
    assert!(scale(&[0.0], &[1.0]).is_some());
    assert!(scale(&[0.0], &[0.0]).is_none());
    assert!(scale(&[0.0], &[-1.0]).is_none());
    // Above zero and finite as they are written, and not in 32 bits.
    assert!(scale(&[0.0], &[1e-60]).is_none());
    assert!(scale(&[1e60], &[1.0]).is_none());
    assert!(Scale::new(Element::F64, &[1e60], &[1e-60]).is_some());
    assert!(scale(&[f64::NAN], &[1.0]).is_none());
    assert!(scale(&[0.0, 0.0], &[1.0]).is_none());
    assert!(scale(&[], &[]).is_none());
    assert!(Scale::new(Element::I64, &[0.0], &[1.0]).is_none());
}

#[test]
fn a_scaled_model_gives_for_columns_what_it_gives_for_scaled_ones() {
    let scale = Scale::new(Element::F32, &[1.0], &[2.0]);
    let model = Batched::new(Box::new(Mates), Batching::OneByOne);
    let mut model = model.scaled(vec![scale]);
    let scaled = model.run(&[column(&[1.0, -2.0])]).unwrap();
    assert_eq!(model.answer(&mut [column(&[3.0, -3.0])]).unwrap(), scaled);
    assert_ne!(model.run(&[column(&[3.0, -3.0])]).unwrap(), scaled);
}

#[test]
fn inputs_of_different_lengths_are_refused() {
    let mut model = Batched::new(Box::new(Mates), Batching::Together);
    assert!(model.run(&[column(&[1.0]), column(&[1.0, 2.0])]).is_err());
    assert!(model.run(&[]).is_err());
}

fn stump(purpose: Purpose, targets: usize, leaves: [Leaf; 2], post: Post) -> Ensemble {
    let branch = Node::Branch {
        feature: 1,
        compare: Compare::Leq,
        value: 0.5,
        yes: 1,
        no: 2,
        missing_yes: true,
    };
    let end = |first| Node::End { first, count: 1 };
    Ensemble {
        features: 2,
        targets,
        roots: vec![0, 0],
        nodes: vec![branch, end(0), end(1)],
        leaves: leaves.to_vec(),
        base: Vec::new(),
        aggregate: Aggregate::Sum,
        post,
        purpose,
        outputs: vec![TreeOutput::Label, TreeOutput::Scores],
    }
}

#[test]
fn trees_add_up_and_missing_values_have_their_way() {
    let leaf = |target, weight| Leaf { target, weight };
    let leaves = [leaf(0, 1.5), leaf(0, -1.0)];
    let mut trees = stump(Purpose::Regression, 1, leaves, Post::None);
    trees.base = vec![0.25];
    let rows = Tensor::new(vec![3, 2], Values::F32(vec![9.0, 0.5, 9.0, 0.6, 9.0, f32::NAN]));
    let out = trees.run(std::slice::from_ref(&rows)).unwrap();
    assert_eq!(out[1].values(), &Values::F32(vec![3.25, -1.75, 3.25]));
    trees.aggregate = Aggregate::Average;
    let out = trees.run(std::slice::from_ref(&rows)).unwrap();
    assert_eq!(out[1].values(), &Values::F32(vec![1.75, -0.75, 1.75]));
    let narrow = Tensor::new(vec![1, 1], Values::F32(vec![1.0]));
    assert!(matches!(trees.run(&[narrow]), Err(ModelError::Shape { .. })));
}

#[test]
fn two_classes_of_which_one_is_scored() {
    let leaf = |weight| Leaf { target: 0, weight };
    let purpose = Purpose::Classes { labels: vec![7, 9], binary: Some(false) };
    let mut trees = stump(purpose, 2, [leaf(0.5), leaf(-1.0)], Post::Logistic);
    let rows = Tensor::new(vec![2, 2], Values::F32(vec![0.0, 0.0, 0.0, 1.0]));
    let out = trees.run(std::slice::from_ref(&rows)).unwrap();
    assert_eq!(out[0].values(), &Values::I64(vec![9, 7]));
    let Values::F32(p) = out[1].values() else { panic!("scores") };
    assert!((p[1] - 0.731_058_6).abs() < 1e-6 && (p[0] + p[1] - 1.0).abs() < 1e-6);
    assert!((p[3] - 0.119_202_9).abs() < 1e-6);
}

#[test]
fn equal_scores_are_the_first_class() {
    let leaf = |target| Leaf { target, weight: 1.0 };
    let purpose = Purpose::Classes { labels: vec![3, 4, 5], binary: None };
    let mut trees = stump(purpose, 3, [leaf(2), leaf(1)], Post::Softmax);
    trees.base = vec![2.0, 0.0, 0.0];
    let rows = Tensor::new(vec![1, 2], Values::F32(vec![0.0, 0.0]));
    let out = trees.run(std::slice::from_ref(&rows)).unwrap();
    assert_eq!(out[0].values(), &Values::I64(vec![3]), "2 against 2");
}
