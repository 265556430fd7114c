public import Network

/// Image files in, records out.
public struct Classifier: Sendable {
  let labels: [ClassLabel]
  let options: ClassifierOptions
  let pictures: any PictureSource
  /// What the files of all runs may take together.
  let memory: MemoryBudget
  let makePass: @Sendable (_ batch: Int, _ threads: Int) -> any ForwardPass

  /// - Parameter makePass: makes what one worker needs for `batch` images at a time on `threads`
  ///   cores; called on the thread that will use it.
  public init(
    labels: [ClassLabel], options: ClassifierOptions, pictures: any PictureSource,
    makePass: @escaping @Sendable (_ batch: Int, _ threads: Int) -> any ForwardPass
  ) {
    self.labels = labels
    self.options = options
    self.pictures = pictures
    self.makePass = makePass
    memory = MemoryBudget(options.maxMemory)
  }
}
