public import Images

/// Where the pixels of the network's input are in the upright photo.
///
/// Coordinates are continuous: pixel `i` of a row covers `i` to `i + 1`, and the photo covers 0 to
/// its width and 0 to its height.
public struct InputGeometry: Sendable, Equatable {
  /// One direction: position `p` of the network's input is position `start + p * pixel` of the
  /// photo.
  public struct Axis: Sendable, Equatable {
    /// The position in the photo at which the network's input begins; negative where it begins with
    /// padding.
    public let start: Double
    /// Pixels of the photo for one pixel of the network's input.
    public let pixel: Double
    /// The part of the photo that the network sees.
    public let seen: ClosedRange<Double>

    public init(start: Double, pixel: Double, seen: ClosedRange<Double>) {
      self.start = start
      self.pixel = pixel
      self.seen = seen
    }

    /// The position in the photo.
    public func photo(_ input: Double) -> Double { start + input * pixel }

    /// The position in the network's input.
    public func input(_ photo: Double) -> Double { (photo - start) / pixel }
  }

  public let columns: Axis
  public let rows: Axis

  public init(columns: Axis, rows: Axis) {
    self.columns = columns
    self.rows = rows
  }
}

extension Preprocessing {
  /// Where the network's input is in an upright photo of this size: the steps backwards.
  ///
  /// - Throws: ``PreprocessingError/tooLarge(width:height:)`` where the size of a step would
  ///   overflow.
  public func geometry(for full: PixelSize) throws(PreprocessingError) -> InputGeometry {
    var sizes = [full]
    for step in steps {
      let size = sizes[sizes.count - 1]
      guard let next = step.outputSize(for: size) else {
        throw .tooLarge(width: size.width, height: size.height)
      }
      sizes.append(next)
    }
    return InputGeometry(
      columns: axis(sizes.map(\.width), full.width), rows: axis(sizes.map(\.height), full.height))
  }

  /// - Parameter sizes: along one axis, the size before each step and after the last one.
  private func axis(_ sizes: [Int], _ full: Int) -> InputGeometry.Axis {
    // Position `p` of the result is `start + p * pixel` before the steps that were undone so far.
    var (start, pixel) = (0.0, 1.0)
    var seen = 0...Double(sizes[steps.count])
    for (index, step) in steps.enumerated().reversed() {
      let (before, after) = (sizes[index], sizes[index + 1])
      let (offset, scale): (Double, Double) =
        switch step {
        case .centerCrop: (Double(cropOffset(size: before, crop: after)), 1)
        case .resizeShortSide, .squash: (0, Double(before) / Double(after))
        }
      start = offset + start * scale
      pixel *= scale
      // What lies outside of the picture is padding.
      seen = (offset + seen.lowerBound * scale...offset + seen.upperBound * scale)
        .clamped(to: 0...Double(before))
    }
    return InputGeometry.Axis(start: start, pixel: pixel, seen: seen)
  }
}
