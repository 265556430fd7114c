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
  /// Whether each picture runs alone, on one thread, so that no bit of its answer depends on the
  /// pictures that come with it or on how many threads there are.
  ///
  /// The sums of a layer are rounded in another order when several pictures run together. In 8 bits
  /// they are whole numbers, which no order changes.
  public var isDeterministic = false
  /// Files with more bytes than this fail with ``ErrorCode/limitExceeded``.
  public var readLimit = 512 << 20
  /// Members of tar archives that come on streams fail with ``ErrorCode/limitExceeded`` if they
  /// have more bytes than this.
  public var streamedMemberLimit: Int { min(64 << 20, readLimit, maxMemory) }
  /// How many bytes of such members are read before workers need them. A larger member is read
  /// alone.
  var lookAhead: Int { min(64 << 20, maxMemory / 2) }
  /// The longest time that a file may take to be read, and then to be decoded; nil for no limit. A
  /// file that takes longer fails with ``ErrorCode/timeout``. Waiting for members of a tar archive
  /// on a stream is not limited.
  public var timeLimit: Duration? = .seconds(60)
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
  /// The longest side of the whole photo that comes with each picture, to draw it; nil for none. It
  /// is made of the picture that is decoded for the network.
  public var photoSide: Int?

  public init() {}
}
