public import Images

extension Preprocessing {
  /// Which parts of a picture the network classifies. The probabilities of ten views are averaged.
  public enum Views: Int, Sendable, CaseIterable {
    /// The result of the steps.
    case one = 1
    /// The four corners and the centre, and their mirror images: Krizhevsky, Sutskever and Hinton,
    /// "ImageNet Classification with Deep Convolutional Neural Networks", 2012, section 4.1.
    case ten = 10
  }

  /// The size of the centre crop that is the last step.
  ///
  /// - Throws: ``PreprocessingError/noLastCrop(step:)`` if the last step is not a centre crop.
  public func lastCrop() throws(PreprocessingError) -> PixelSize {
    guard case .centerCrop(let width, let height) = steps.last else {
      throw .noLastCrop(step: steps.last?.operation)
    }
    return PixelSize(width: width, height: height)
  }

  /// The same without its centre crops: more of the picture, at the same scale.
  public var withoutCrops: Preprocessing {
    Preprocessing(
      valid: steps.filter { if case .centerCrop = $0 { false } else { true } },
      channels: channels, mean: mean, scale: scale)
  }

  /// The pixels of every view, each in the form of ``pixels(from:)``.
  ///
  /// Ten views are cut out of the picture before the last centre crop, in torchvision's order: top
  /// left, top right, bottom left, bottom right and centre, then the five mirror images. In a
  /// direction in which the picture is shorter than the crop, all views are at the centre.
  public func pixels(
    from decoded: DecodedImage, views: Views
  ) throws(PreprocessingError) -> [RGBImage] {
    guard views == .ten else { return [try pixels(from: decoded)] }
    let crop = try lastCrop()
    let whole = try Preprocessing(
      valid: steps.dropLast(), channels: channels, mean: mean, scale: scale
    ).pixels(from: decoded)
    let picture = Picture(columns: 0..<whole.width, rows: 0..<whole.height, pixels: whole.pixels)
    let x = CropOffsets(size: whole.width, crop: crop.width)
    let y = CropOffsets(size: whole.height, crop: crop.height)
    let offsets = [
      (x.start, y.start), (x.end, y.start), (x.start, y.end), (x.end, y.end),
      (x.middle, y.middle),
    ]
    let crops = offsets.map { x, y in
      picture.cut(columns: x..<x + crop.width, rows: y..<y + crop.height)
    }
    return (crops + crops.map { $0.mirrored() }).map {
      RGBImage(width: crop.width, height: crop.height, pixels: $0.pixels)
    }
  }
}

/// The positions at which the crops begin along one axis.
private struct CropOffsets {
  let start: Int
  let middle: Int
  let end: Int

  init(size: Int, crop: Int) {
    middle = cropOffset(size: size, crop: crop)
    start = min(middle, 0)
    end = max(middle, size - crop)
  }
}

extension Picture {
  /// The same columns and rows with left and right exchanged.
  func mirrored() -> Picture {
    var result = [UInt8]()
    result.reserveCapacity(pixels.count)
    for row in 0..<rows.count {
      var pixel = (row + 1) * stride
      for _ in 0..<columns.count {
        pixel -= 3
        result.append(pixels[pixel])
        result.append(pixels[pixel + 1])
        result.append(pixels[pixel + 2])
      }
    }
    return Picture(columns: columns, rows: rows, pixels: result)
  }
}
