public import Images
public import Preprocessing
import System

/// The options of a run.
public struct ClassifierOptions: Sendable {
  /// The most predictions in a record.
  public var top = 5
  /// Predictions with a lower probability are left out.
  public var minProbability: Float = 0
  /// How many cores to use.
  public var threads = availableProcessorCount()
  /// The most images in one forward pass. If a picture has more views than this, they still run in
  /// one forward pass.
  public var batchSize = 16
  /// Files with more bytes than this fail with ``ErrorCode/limitExceeded``.
  public var readLimit = 512 << 20
  /// How many bytes of memory the pictures that are being decoded and the large files that are
  /// being read may use together. One that needs more than this alone fails with
  /// ``ErrorCode/limitExceeded``.
  public var maxMemory = machineMemory() / 4
  /// How files are decoded. `sufficientSize` is ignored, because it follows from the preprocessing.
  public var decode = DecodeOptions()
  /// Whether large photos are decoded at full size, although preprocessing reduces them anyway.
  public var exactDecode = false
  /// Which parts of each picture the network classifies. The probabilities of ten views are
  /// averaged.
  public var views = Preprocessing.Views.one

  public init() {}
}
