public import Network

/// Classifies image files: each input becomes a record.
public struct Classifier: Sendable {
  let labels: [ClassLabel]
  let options: ClassifierOptions
  let pictures: any PictureSource
  let makePass: @Sendable (_ batch: Int, _ threads: Int) -> any ForwardPass

  /// - Parameter makePass: makes the forward pass of one worker for `batch` images at a time on
  ///   `threads` cores. It is called on the thread that will use the forward pass.
  public init(
    labels: [ClassLabel], options: ClassifierOptions, pictures: any PictureSource,
    makePass: @escaping @Sendable (_ batch: Int, _ threads: Int) -> any ForwardPass
  ) {
    self.labels = labels
    self.options = options
    self.pictures = pictures
    self.makePass = makePass
  }
}
