public import Threads

/// Brings feature maps of any size to one size, and flattens them: each output is the mean of a
/// part of the map, and the parts cover it evenly.
///
/// Output `i` of `n` reads the inputs from `floor(i * size / n)` to `ceil((i + 1) * size / n)`, as
/// PyTorch's `AdaptiveAvgPool2d` does. Maps that are smaller than the output are enlarged by that.
public struct AdaptiveAveragePooling: Sendable {
  /// Height and width of the output.
  public let height: Int
  public let width: Int

  public init(height: Int, width: Int) {
    precondition(height > 0 && width > 0)
    self.height = height
    self.width = width
  }

  /// The inputs along one axis that output `index` of `count` is the mean of.
  static func part(_ index: Int, of count: Int, size: Int) -> Range<Int> {
    index * size / count..<((index + 1) * size + count - 1) / count
  }

  /// Writes the first `images` images of `map` as rows of `features`, in the order channels, rows,
  /// columns.
  public func forward(_ map: FeatureMap, _ features: Matrix, images: Int, pool: WorkerPool) {
    check(map, features, images)
    unsafe pool.runUnchecked(images) { image in
      // SAFETY: the parts lie inside the map, the extents were checked above, and every task writes
      // a row of its own.
      let target = unsafe features.row(image)
      for y in 0..<height {
        let rows = Self.part(y, of: height, size: map.height)
        for x in 0..<width {
          let columns = Self.part(x, of: width, size: map.width)
          let factor = 1 / Float(rows.count * columns.count)
          for channel in 0..<map.channels {
            var sum: Float = 0
            for row in rows {
              for column in columns { sum += unsafe map.pixel(image, row, column)[channel] }
            }
            unsafe target[(channel * height + y) * width + x] = sum * factor
          }
        }
      }
    }
  }

  /// The way back: writes the gradients by the map, from those by the features. The map's border
  /// stays as it is.
  public func backward(
    _ featureGradient: Matrix, _ mapGradient: FeatureMap, images: Int, pool: WorkerPool
  ) {
    check(mapGradient, featureGradient, images)
    unsafe pool.runUnchecked(images) { image in
      // SAFETY: as above; every task writes an image of its own.
      let source = unsafe featureGradient.row(image)
      for row in 0..<mapGradient.height {
        for column in 0..<mapGradient.width {
          unsafe mapGradient.pixel(image, row, column).update(
            repeating: 0, count: mapGradient.channels)
        }
      }
      for y in 0..<height {
        let rows = Self.part(y, of: height, size: mapGradient.height)
        for x in 0..<width {
          let columns = Self.part(x, of: width, size: mapGradient.width)
          let factor = 1 / Float(rows.count * columns.count)
          for row in rows {
            for column in columns {
              let pixel = unsafe mapGradient.pixel(image, row, column)
              for channel in 0..<mapGradient.channels {
                unsafe pixel[channel] += factor * source[(channel * height + y) * width + x]
              }
            }
          }
        }
      }
    }
  }

  private func check(_ map: FeatureMap, _ features: Matrix, _ images: Int) {
    precondition(images >= 0 && images <= map.images && images <= features.rows)
    precondition(map.channels * height * width == features.columns)
  }
}
