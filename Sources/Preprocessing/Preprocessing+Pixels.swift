import CResize
import Images

extension Preprocessing {
  /// Applies all steps. The result is RGB in 8 bits, and its size is
  /// `outputSize(for: decoded.fullSize)`.
  ///
  /// The target sizes of resizes are computed from the full size, even if the picture was decoded
  /// at a reduced scale. Because the decoder rounds sizes up, the full picture covers a little less
  /// than the reduced one. Only that part is resized, as with Pillow's `draft` and `box`. Only
  /// pixels that the crops keep are computed.
  ///
  /// - Throws: ``PreprocessingError/tooLarge(width:height:)`` if a step would need too many pixels,
  ///   before memory for them is allocated.
  public func pixels(from decoded: DecodedImage) throws(PreprocessingError) -> RGBImage {
    let image = decoded.image
    let plan = try Plan(
      steps: steps, image: PixelSize(width: image.width, height: image.height),
      full: decoded.fullSize, partialSides: decoded.partialSides)
    var picture = Picture(
      columns: 0..<image.width, rows: 0..<image.height, pixels: image.pixels)
    for (index, step) in plan.steps.enumerated() {
      let columns = plan.columns.windows[index + 1]
      let rows = plan.rows.windows[index + 1]
      if columns.isEmpty || rows.isEmpty {
        // The result consists of padding only.
        picture = Picture(columns: 0..<0, rows: 0..<0, pixels: [])
        continue
      }
      switch step {
      case .resize(let horizontal, let vertical):
        if horizontal.isIdentity && vertical.isIdentity { continue }
        picture = picture.resized(horizontal, vertical, columns: columns, rows: rows)
      case .crop(let x, let y, _):
        // The picture may have more pixels than an earlier crop keeps. They must not appear where
        // this step adds padding.
        let source = (plan.columns.windows[index], plan.rows.windows[index])
        if source.0.count < columns.count || source.1.count < rows.count {
          picture = picture.cut(columns: source.0, rows: source.1)
            .moved(byColumns: x, rows: y).cut(columns: columns, rows: rows)
        } else {
          picture = picture.moved(byColumns: x, rows: y)
        }
      }
    }
    let result = picture.cut(columns: 0..<plan.size.width, rows: 0..<plan.size.height)
    return RGBImage(width: plan.size.width, height: plan.size.height, pixels: result.pixels)
  }

  /// `(pixel - mean) * scale` in the network's channel order: `[height, width, 3]`.
  ///
  /// `output` must hold `height * width * 3` values.
  public func normalize(_ image: RGBImage, into output: inout MutableSpan<Float>) {
    let count = image.width * image.height
    precondition(output.count == count * 3)
    // SAFETY: both buffers hold `count` pixels of three values: one was checked above, the other by
    // RGBImage. Mean and scale have three values each.
    unsafe output.withUnsafeMutableBufferPointer { target in
      unsafe image.pixels.withUnsafeBufferPointer { source in
        unsafe normalize_pixels(
          Picture.isa, source.baseAddress, count, channels == .bgr ? 1 : 0, mean, scale,
          target.baseAddress)
      }
    }
  }

  /// The pixels in the network's channel order, without mean and scale: `[height, width, 3]`.
  ///
  /// `output` must hold `height * width * 3` values.
  public func reorder(_ image: RGBImage, into output: inout MutableSpan<UInt8>) {
    let pixels = image.pixels.span
    precondition(output.count == pixels.count)
    switch channels {
    case .rgb:
      for index in pixels.indices { output[index] = pixels[index] }
    case .bgr:
      for index in stride(from: 0, to: pixels.count, by: 3) {
        output[index] = pixels[index + 2]
        output[index + 1] = pixels[index + 1]
        output[index + 2] = pixels[index]
      }
    }
  }
}

extension Preprocessing {
  /// The most bytes that ``pixels(from:views:)`` uses at one time, including the decoded picture.
  ///
  /// - Parameters:
  ///   - size: the size of the decoded picture.
  ///   - fullSize: the size of the picture in its file.
  /// - Throws: what ``pixels(from:)`` throws for such a picture.
  public func memory(
    for size: PixelSize, fullSize: PixelSize, views: Views = .one
  ) throws(PreprocessingError) -> Int {
    let steps = views == .ten ? steps.dropLast() : steps[...]
    let plan = try Plan(steps: Array(steps), image: size, full: fullSize)
    let decoded = size.width * size.height * 3
    let (columns, rows) = (plan.columns, plan.rows)
    let stages = zip(columns.windows, rows.windows).map { $0.count * $1.count * 3 }
    // The pictures before and after a step are in memory at the same time. The first one is the
    // decoded picture. A resize also keeps some resized rows, for which twice the most rows that
    // one row of the result is computed from is an upper bound. A crop that adds padding makes a
    // copy.
    let working =
      plan.steps.enumerated().map { index, step in
        let before = index == 0 ? 0 : stages[index]
        let kept =
          if case .resize(_, let resize) = step {
            2 * 3 * min(resize.tapLimit, rows.windows[index].count)
              * columns.windows[index + 1].count
          } else {
            stages[index]
          }
        return before + kept + stages[index + 1]
      }.max() ?? 0
    return decoded + working + (views == .ten ? 11 : 1) * plan.size.width * plan.size.height * 3
  }
}
