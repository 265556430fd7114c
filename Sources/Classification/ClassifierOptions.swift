public import Images
public import Preprocessing
import System

/// How a run should go.
public struct ClassifierOptions: Sendable {
  /// How many predictions a record carries at most.
  public var top = 5
  /// Predictions less likely than this are left out.
  public var minProbability: Float = 0
  /// How many cores to use.
  public var threads = availableProcessorCount()
  /// The most images in one forward pass; never fewer than one picture's views.
  public var batchSize = 16
  /// Files of more bytes are ``ErrorCode/limitExceeded``.
  public var readLimit = 512 << 20
  /// How many bytes the pictures that are being decoded and the large files that are being read may
  /// take together; one that needs more by itself is ``ErrorCode/limitExceeded``.
  public var maxMemory = machineMemory() / 4
  /// How files are decoded; `sufficientSize` is set from the preprocessing.
  public var decode = DecodeOptions()
  /// Decodes large photos in full, although the network sees only a reduced copy.
  public var exactDecode = false
  /// Which parts of each picture the network sees; the probabilities of several are averaged.
  public var views = Preprocessing.Views.one

  public init() {}
}
