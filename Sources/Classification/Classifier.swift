public import Network

/// Classifies image files: the answer for each input is its most likely classes.
public typealias Classifier = Pipeline<[Prediction]>

extension Classifier {
  /// - Parameters:
  ///   - labels: what the values of a pass stand for, in their order.
  ///   - makePass: makes what one worker needs for `batch` images at a time on `threads` cores;
  ///     called on the thread that will use it. Its values are the probabilities of the classes.
  public init(
    labels: [ClassLabel], options: ClassifierOptions, pictures: any PictureSource,
    makePass: @escaping @Sendable (_ batch: Int, _ threads: Int) -> any ForwardPass
  ) {
    self.init(options: options, pictures: pictures, makePass: makePass) { probabilities in
      topPredictions(
        probabilities, labels: labels, count: options.top, minimum: options.minProbability)
    }
  }
}
