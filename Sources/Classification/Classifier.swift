public import ImageDecoding
public import Network
public import System

/// How a run should go.
public struct ClassifierOptions: Sendable {
  /// How many predictions a record carries at most.
  public var top = 5
  /// Predictions less likely than this are left out.
  public var minProbability: Float = 0
  /// How many cores to use.
  public var threads = 1
  /// The most images in one forward pass.
  public var batchSize = 16
  /// Files of more bytes are `limit_exceeded`.
  public var readLimit = 512 << 20

  public init() {}
}

/// What the consumer of records wants next.
public enum Flow: Sendable {
  case proceed
  case stop
}

/// How a run went.
public struct RunSummary: Sendable, Equatable {
  public var classified = 0
  public var failed = 0
  /// Inputs named by the user (as arguments or in a list) that do not exist; also in `failed`.
  public var missingInputs = 0
  /// Files found in directories whose names are not those of images.
  public var otherFiles = 0
  /// True when the consumer or the stop flag ended the run early.
  public var stopped = false
  /// Why no worker could be started; nil in any ordinary run.
  public var fault: SystemError?

  public init() {}

  /// None of the named inputs exists, or there was no image in them.
  public var foundNothing: Bool { classified == 0 && failed == missingInputs && !stopped }
}

/// Image files in, records out.
public struct Classifier: Sendable {
  let labels: [ClassLabel]
  let options: ClassifierOptions
  let pictures: any PictureSource
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
  }

  /// Classifies everything in `inputs` and hands the records over in input order.
  ///
  /// - Parameters:
  ///   - stop: ends the run early when raised.
  ///   - onRecord: called on this thread, in order, once an input. Never throws away a record: what
  ///     it returns only says whether the run goes on.
  public func run(_ inputs: InputSource, stop: StopFlag, onRecord: (Record) -> Flow) -> RunSummary {
    RunSummary()
  }
}

/// The scratch memory and the arithmetic of one worker; used by one thread at a time.
public protocol ForwardPass: AnyObject {
  /// Calls `body` with the input of image `index`, `[H, W, 3]`.
  func withInput(_ index: Int, _ body: (inout MutableSpan<Float>) -> Void)
  /// Runs the first `count` images.
  func forward(count: Int)
  /// One value a class, of image `index`.
  func probabilities(_ index: Int) -> [Float]
}

/// Turns the bytes of an image file into the network's input.
public protocol PictureSource: Sendable {
  func picture(from bytes: Span<UInt8>) throws(ItemFailure) -> Picture
  /// Writes the values of `image`, `[H, W, 3]`.
  func write(_ image: RGBImage, into input: inout MutableSpan<Float>)
}

/// An image ready for the network, and the upright size it has in its file.
public struct Picture: Sendable {
  public let image: RGBImage
  public let fullSize: PixelSize

  public init(image: RGBImage, fullSize: PixelSize) {
    self.image = image
    self.fullSize = fullSize
  }
}
