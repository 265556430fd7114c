public import Threads

/// Rearranges blocks of pixels into channels, which turns a convolution with stride `factor` into
/// one with stride 1 over `factor * factor` times the channels.
///
/// Channel `(dy * factor + dx) * channels + c` of pixel (y, x) is channel `c` of pixel
/// (`factor * y + dy`, `factor * x + dx`) of the padded input, or 0 outside the padded input.
public struct SpaceToDepth: Sendable {
  /// The convolution with stride `factor`.
  private let original: Convolution.Geometry

  /// The convolution that does the same on rearranged pixels.
  public let geometry: Convolution.Geometry

  public init(_ original: Convolution.Geometry) {
    precondition(original.stride > 1 && original.groups == 1)
    self.original = original
    let factor = original.stride
    geometry = Convolution.Geometry(
      inputChannels: original.inputChannels * factor * factor, filters: original.filters,
      kernel: (original.kernel + factor - 1) / factor, stride: 1, padding: 0, groups: 1)
  }

  /// How many pixels wide the input map's border of zeros must be.
  public var inputPadding: Int { original.padding }

  private var factor: Int { original.stride }

  /// The height or width of the rearranged map for a height or width of the input. It is as large
  /// as the output needs.
  public func outputExtent(_ input: Int) -> Int {
    original.outputExtent(input) + geometry.kernel - 1
  }

  /// The weights that belong to the rearranged pixels, `[out, in, height, width]`.
  public func rearranged(weights: [Float]) -> [Float] {
    let (window, channels) = (original.kernel, original.inputChannels)
    let newWindow = geometry.kernel
    var result = [Float](repeating: 0, count: geometry.weightDimensions.reduce(1, *))
    for filter in 0..<original.filters {
      for channel in 0..<channels {
        for y in 0..<window {
          for x in 0..<window {
            let depth = ((y % factor) * factor + x % factor) * channels + channel
            let row = filter * geometry.inputChannels + depth
            result[(row * newWindow + y / factor) * newWindow + x / factor] =
              weights[((filter * channels + channel) * window + y) * window + x]
          }
        }
      }
    }
    return result
  }

  /// Rearranges the first `images` images of `input` into `output`.
  public func run(_ input: FeatureMap, _ output: FeatureMap, images: Int, pool: WorkerPool) {
    precondition(images <= input.images && images <= output.images)
    precondition(input.padding >= original.padding)
    precondition(input.channels == original.inputChannels)
    precondition(output.channels == geometry.inputChannels)
    precondition(output.height == outputExtent(input.height))
    precondition(output.width == outputExtent(input.width))
    let run = factor * input.channels
    // Values of a padded input row that exist.
    let available = (input.width + 2 * original.padding) * input.channels
    unsafe pool.runUnchecked(images * output.height) { task in
      let (image, y) = task.quotientAndRemainder(dividingBy: output.height)
      for dy in 0..<factor {
        let row = y * factor + dy - original.padding
        guard row < input.height + original.padding else { continue }
        // SAFETY: the row exists, and `count` keeps every copy inside it and inside the pixel.
        let source = unsafe input.pixel(image, row, -original.padding)
        for x in 0..<output.width {
          let count = min(run, available - x * run)
          guard count > 0 else { break }
          unsafe (output.pixel(image, y, x) + dy * run).update(from: source + x * run, count: count)
        }
      }
    }
  }
}
