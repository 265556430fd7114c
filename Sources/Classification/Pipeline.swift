/// Image files in, records out: files are found, read, decoded and prepared, and a network runs on
/// their pictures in batches.
///
/// A pipeline gives one `Answer` for each picture. A ``Classifier`` gives its likeliest classes, a
/// ``FeatureExtractor`` the values of one of the network's layers.
public struct Pipeline<Answer: Sendable>: Sendable {
  let options: ClassifierOptions
  let pictures: any PictureSource
  /// The memory that the files of all runs share.
  let memory: MemoryBudget
  /// Makes what one worker needs for `batch` pictures at a time.
  let makePass: @Sendable (_ batch: Int, _ threads: Int) -> any PicturePass<Answer>

  /// - Parameters:
  ///   - memory: for passes that need memory of it, too; nil for one of `options.maxMemory`.
  ///   - makePass: makes what one worker needs for `batch` pictures at a time on `threads` cores;
  ///     called on the thread that will use it.
  public init(
    options: ClassifierOptions, pictures: any PictureSource, memory: MemoryBudget? = nil,
    makePass: @escaping @Sendable (_ batch: Int, _ threads: Int) -> any PicturePass<Answer>
  ) {
    self.options = options
    self.pictures = pictures
    self.memory = memory ?? MemoryBudget(options.maxMemory)
    self.makePass = makePass
  }

  /// - Parameters:
  ///   - makePass: makes what one worker needs for `batch` images at a time on `threads` cores;
  ///     called on the thread that will use it.
  ///   - answer: makes the answer for a picture of what its pass gave, which is finite: the mean
  ///     over the picture's images.
  public init(
    options: ClassifierOptions, pictures: any PictureSource,
    makePass: @escaping @Sendable (_ batch: Int, _ threads: Int) -> any ForwardPass,
    answer: @escaping @Sendable (_ values: [Float]) -> Answer
  ) {
    let images = pictures.imagesPerPicture
    self.init(options: options, pictures: pictures) { batch, threads in
      AnsweringPass(makePass(batch * images, threads), imagesPerPicture: images, answer: answer)
    }
  }
}
