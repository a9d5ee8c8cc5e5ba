{{ config(materialized='view') }}
select distinct hotel from {{ ref('long_stays') }}
