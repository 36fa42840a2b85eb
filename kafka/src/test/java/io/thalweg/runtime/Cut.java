package io.thalweg.runtime;

import io.thalweg.log.AppendListener;
import io.thalweg.log.Lineage;
import io.thalweg.log.Log;
import io.thalweg.log.LogException;
import io.thalweg.log.PartitionId;
import io.thalweg.log.PartitionLog;
import io.thalweg.runtime.keys.SubjectKeys;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** A target of a move that breaks off after so many appends. */
final class Cut implements MoveTarget {
  private final MoveTarget target;
  private int left;

  Cut(MoveTarget target, int appends) {
    this.target = target;
    left = appends;
  }

  @Override
  public String cluster() {
    return target.cluster();
  }

  @Override
  public int partitionsOf(String service, int wanted) {
    return target.partitionsOf(service, wanted);
  }

  @Override
  public Log log() {
    return between(Log.class, target.log());
  }

  @Override
  public PartitionLog begin(
      PartitionId id,
      long firstOffset,
      Lineage lineage,
      int contractLevel,
      long logTimeUs,
      AppendListener listener) {
    return between(
        PartitionLog.class,
        target.begin(id, firstOffset, lineage, contractLevel, logTimeUs, listener));
  }

  @Override
  public long countKeys() {
    return target.countKeys();
  }

  @Override
  public void takeKeys(SubjectKeys keys) {
    target.takeKeys(keys);
  }

  @Override
  public void close() {
    target.close();
  }

  private <T> T between(Class<T> type, T to) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, args) -> {
              if (method.getName().equals("append") && left-- <= 0) {
                throw new LogException("killed");
              }
              try {
                Object result = method.invoke(to, args);
                return result instanceof PartitionLog log
                    ? between(PartitionLog.class, log)
                    : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }
}
